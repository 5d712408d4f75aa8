import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';
import { Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { Redis } from 'ioredis';
import { LoggerModule } from 'nestjs-pino';
import { AuthController } from './auth.controller.ts';
import { AuthGuard } from './auth.guard.ts';
import { LearningController } from './learning.controller.ts';
import { MetricsInterceptor } from './metrics.interceptor.ts';
import { PrismaService } from './prisma.service.ts';
import { TokenService } from './token.service.ts';
import { UserThrottlerGuard } from './user-throttler.guard.ts';

@Module({
  imports: [
    LoggerModule.forRoot(),
    ThrottlerModule.forRoot({
      throttlers: [{ ttl: 60_000, limit: 600 }],
      storage: new ThrottlerStorageRedisService(
        new Redis(process.env.REDIS_URL ?? '', { enableAutoPipelining: true }),
      ),
    }),
  ],
  controllers: [LearningController, AuthController],
  providers: [
    PrismaService,
    TokenService,
    { provide: APP_GUARD, useClass: AuthGuard },
    { provide: APP_GUARD, useClass: UserThrottlerGuard },
    { provide: APP_INTERCEPTOR, useClass: MetricsInterceptor },
  ],
})
export class AppModule {}

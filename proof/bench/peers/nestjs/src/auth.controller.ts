import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  NotFoundException,
  Post,
  UnauthorizedException,
} from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import { verify } from '@node-rs/argon2';
import { Public, UserId } from './auth.guard.ts';
import { LoginDto, RefreshDto } from './dto.ts';
import type { User } from './generated/prisma/client.ts';
import { PrismaService } from './prisma.service.ts';
import { TokenService } from './token.service.ts';

@Controller('api/v1')
export class AuthController {
  constructor(
    private readonly prisma: PrismaService,
    private readonly tokens: TokenService,
  ) {}

  @Public()
  @Throttle({ default: { limit: 120, ttl: 60_000 } })
  @HttpCode(200)
  @Post('auth/login')
  async login(@Body() { email, password }: LoginDto) {
    const user = await this.prisma.user.findUnique({ where: { email } });
    if (!user || !(await verify(user.passwordHash, password))) throw new UnauthorizedException();
    const refreshToken = newRefreshToken();
    const { id } = await this.prisma.session.create({
      data: { id: randomUUID(), userId: user.id, tokenHash: hashOf(refreshToken), expiresAt: expiry() },
    });
    return this.signedIn(user, id, refreshToken);
  }

  @Public()
  @HttpCode(200)
  @Post('auth/refresh')
  async refresh(@Body() { refreshToken: old }: RefreshDto) {
    const refreshToken = newRefreshToken();
    const session = await this.prisma.$transaction(async (tx) => {
      const found = await tx.session.findUnique({
        where: { tokenHash: hashOf(old) },
        include: { user: true },
      });
      if (!found || found.expiresAt < new Date()) throw new UnauthorizedException();
      // Fails if another request has rotated the token since.
      await tx.session.update({
        where: { id: found.id, tokenHash: found.tokenHash },
        data: { tokenHash: hashOf(refreshToken), expiresAt: expiry(), lastUsedAt: new Date() },
      });
      return found;
    });
    return this.signedIn(session.user, session.id, refreshToken);
  }

  @Get('users/me')
  async me(@UserId() id: string) {
    const user = await this.prisma.user.findUnique({ where: { id } });
    if (!user) throw new NotFoundException();
    return shown(user);
  }

  private async signedIn(user: User, sessionId: string, refreshToken: string) {
    const accessToken = await this.tokens.sign(user, sessionId);
    return { user: shown(user), sessionId, accessToken, refreshToken };
  }
}

function shown({ passwordHash: _hidden, ...user }: User) {
  return user;
}

function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function expiry(): Date {
  return new Date(Date.now() + 7 * 86_400_000);
}

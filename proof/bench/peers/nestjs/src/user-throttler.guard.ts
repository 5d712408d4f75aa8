import { Injectable } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';

/** Counts per user, and per address where nobody is signed in. */
@Injectable()
export class UserThrottlerGuard extends ThrottlerGuard {
  protected override async getTracker(request: { userId?: string; ip: string }): Promise<string> {
    return request.userId ?? request.ip;
  }
}

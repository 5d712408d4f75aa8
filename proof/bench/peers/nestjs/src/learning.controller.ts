import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, NotFoundException, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { Public, UserId } from './auth.guard.ts';
import { AnswerDto, CoursesQuery } from './dto.ts';
import { PrismaService } from './prisma.service.ts';

@Controller()
export class LearningController {
  constructor(private readonly prisma: PrismaService) {}

  @Public()
  @SkipThrottle()
  @Get('health')
  health() {
    return { status: 'ok' };
  }

  @Get('api/v1/lessons/:lessonId')
  async lesson(@Param('lessonId', ParseUUIDPipe) id: string) {
    const lesson = await this.prisma.lesson.findUnique({
      where: { id },
      select: {
        ...{ id: true, courseId: true, title: true, notes: true, items: true },
        exercises: {
          select: { id: true, kind: true, prompt: true, content: true },
          orderBy: { position: 'asc' },
        },
      },
    });
    if (!lesson) throw new NotFoundException();
    return lesson;
  }

  @Get('api/v1/courses')
  async courses(@Query() { limit, cursor, q }: CoursesQuery) {
    const rows = await this.prisma.course.findMany({
      where: {
        ...(cursor ? { id: { gt: cursor } } : {}),
        ...(q
          ? {
              OR: [
                { title: { contains: q, mode: 'insensitive' } },
                { description: { contains: q, mode: 'insensitive' } },
              ],
            }
          : {}),
      },
      orderBy: { id: 'asc' },
      take: limit + 1,
    });
    const items = rows.slice(0, limit);
    return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  @Post('api/v1/exercises/:exerciseId/answers')
  async answer(
    @Param('exerciseId', ParseUUIDPipe) exerciseId: string,
    @Body() { answer }: AnswerDto,
    @UserId() userId: string,
  ) {
    const { id } = await this.prisma.$transaction((tx) =>
      tx.answer.create({
        data: { id: randomUUID(), userId, exerciseId, answer: answer as object },
        select: { id: true },
      }),
    );
    return { answerId: id };
  }
}

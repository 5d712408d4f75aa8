import { getWeeklyLeaderboard } from './get-weekly-leaderboard.ts';

export const leaderboardRoutes = [getWeeklyLeaderboard];

DROP INDEX "users_suspended_idx";

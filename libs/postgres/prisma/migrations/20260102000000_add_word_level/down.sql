ALTER TABLE "words" DROP COLUMN "level";

DROP TRIGGER "courses_listed" ON "courses";
DROP FUNCTION "list_course"();
DROP TABLE "course_listing_keys", "course_listings";
DROP FUNCTION "search_grams"(text);
DROP FUNCTION "tag_prefixes"(text);

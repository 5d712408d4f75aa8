module lms/pause

go 1.21

export const drill = 1;

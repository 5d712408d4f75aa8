/** A seeded account of a local stack. */
export interface SeedAccount {
  email: string;
  password: string;
  role: 'learner' | 'editor' | 'admin';
  displayName: string;
  locale: string;
  timeZone: string;
}

/** For development and tests only: the auth service refuses to seed in production. */
export const seedAccounts: SeedAccount[] = [
  {
    email: 'learner@lms.example',
    password: 'learner-for-development',
    role: 'learner',
    displayName: 'Lan',
    locale: 'vi',
    timeZone: 'Asia/Ho_Chi_Minh',
  },
  {
    email: 'editor@lms.example',
    password: 'editor-for-development',
    role: 'editor',
    displayName: 'Minh',
    locale: 'vi',
    timeZone: 'Asia/Ho_Chi_Minh',
  },
  {
    email: 'admin@lms.example',
    password: 'admin-for-development',
    role: 'admin',
    displayName: 'Hoa',
    locale: 'vi',
    timeZone: 'Asia/Ho_Chi_Minh',
  },
];

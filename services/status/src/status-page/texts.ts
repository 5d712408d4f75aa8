/** Languages of the status page. */
export const languages = ['en', 'vi'] as const;
export type Language = (typeof languages)[number];

export interface Texts {
  title: string;
  allUp: string;
  someDown: string;
  services: string;
  dependencies: string;
  up: string;
  down: string;
  unknown: string;
  because: Record<'timeout' | 'unreachable' | 'invalid_answer', string>;
  needs: string;
  checked: string;
  refreshes: string;
  otherLanguage: string;
  machine: string;
  reference: string;
  events: string;
  names: Record<string, string>;
}

export const texts: Record<Language, Texts> = {
  en: {
    title: 'LMS status',
    allUp: 'All systems are working',
    someDown: 'Some systems are not working',
    services: 'Services',
    dependencies: 'Dependencies',
    up: 'Working',
    down: 'Not working',
    unknown: 'Unknown',
    because: {
      timeout: 'does not respond in time',
      unreachable: 'cannot be reached',
      invalid_answer: 'returns an invalid response',
    },
    needs: 'Unavailable:',
    checked: 'Checked',
    refreshes: 'This page refreshes every 10 seconds.',
    otherLanguage: 'Tiếng Việt',
    machine: 'For programs',
    reference: 'API reference',
    events: 'Events',
    names: {
      auth: 'Sign-in and accounts',
      content: 'Courses and progress',
      media: 'Audio and images',
      ai: 'AI feedback',
      postgres: 'Database (PostgreSQL)',
      redis: 'Cache (Redis)',
      kafka: 'Events (Kafka)',
      objectStore: 'File storage (S3)',
    },
  },
  vi: {
    title: 'Trạng thái LMS',
    allUp: 'Mọi hệ thống đang hoạt động',
    someDown: 'Một số hệ thống đang gặp sự cố',
    services: 'Dịch vụ',
    dependencies: 'Hạ tầng',
    up: 'Hoạt động',
    down: 'Gặp sự cố',
    unknown: 'Chưa rõ',
    because: {
      timeout: 'không phản hồi kịp thời',
      unreachable: 'không kết nối được',
      invalid_answer: 'phản hồi không hợp lệ',
    },
    needs: 'Không dùng được:',
    checked: 'Kiểm tra lúc',
    refreshes: 'Trang tự làm mới sau mỗi 10 giây.',
    otherLanguage: 'English',
    machine: 'Dành cho chương trình',
    reference: 'Tài liệu API',
    events: 'Sự kiện',
    names: {
      auth: 'Đăng nhập và tài khoản',
      content: 'Khóa học và tiến độ',
      media: 'Âm thanh và hình ảnh',
      ai: 'Nhận xét bằng AI',
      postgres: 'Cơ sở dữ liệu (PostgreSQL)',
      redis: 'Bộ nhớ đệm (Redis)',
      kafka: 'Sự kiện (Kafka)',
      objectStore: 'Lưu trữ tệp (S3)',
    },
  },
};

/** The first of our languages that the reader asked for; English otherwise. */
export function chooseLanguage(accepted: readonly string[]): Language {
  for (const tag of accepted) {
    const found = languages.find((language) => tag.toLowerCase().split('-')[0] === language);
    if (found) return found;
  }
  return 'en';
}

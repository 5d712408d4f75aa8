import { randomUUID } from 'node:crypto';

export const courseCount = 30;
export const lessonsPerCourse = 10;
export const accountCount = 320;
/** A word in the description of every third course. */
export const searchWord = 'travel';
export const searchMatches = 10;

export interface CourseData {
  slug: string;
  title: string;
  description: string;
  level: string;
  lessons: LessonData[];
}
export interface LessonData {
  name: string;
  title: string;
  notes: string;
  items: { key: string; text: string; translations: string[]; pronunciation: string; audio: string }[];
  choices: { key: string; question: string; options: string[] }[];
  blanks: { key: string; text: string; accepted: string }[];
}

export interface Account {
  id: string;
  email: string;
}

/** What all contenders are filled with: published courses whose lessons are about 3 KB of JSON each. */
export function createCourses(): CourseData[] {
  return Array.from({ length: courseCount }, (_, course) => ({
    slug: `course-${course}`,
    title: `Spanish ${course}: ${topics[course % topics.length]}`,
    description:
      `Words and phrases about ${topics[course % topics.length]}, for everyday conversations at work and at home.` +
      (course % 3 === 0 ? ` Useful when you ${searchWord}.` : ''),
    level: ['A1', 'A2', 'B1', 'B2'][course % 4] as string,
    lessons: Array.from({ length: lessonsPerCourse }, (_, lesson) => createLesson(course, lesson)),
  }));
}

/** OWASP's first choice for argon2id, as our auth service has it. */
export const argon2Parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** The password of every account. */
export const password = 'correct-horse-battery-staple';

export function createAccounts(): Account[] {
  return Array.from({ length: accountCount }, (_, index) => ({
    id: randomUUID(),
    email: `learner-${index}@peers.example`,
  }));
}

/** Addresses of clients as an ingress reports them, each of another network, because sign-ins are limited per address. */
export function nextAddress(): string {
  addresses += 1;
  return `10.${(addresses >> 8) & 255}.${addresses & 255}.7`;
}
let addresses = 0;

/** The exercises of a lesson as rows of a table. */
export function plainExercises({ choices, blanks }: LessonData) {
  return [
    ...choices.map(({ question, options }) => ({
      ...{ kind: 'mcq', prompt: 'Choose the right answer.', solution: { correct: 0 } },
      content: { question: { text: question }, options },
    })),
    ...blanks.map(({ text, accepted }) => ({
      ...{ kind: 'fill_blank', prompt: 'Fill in the blank.', solution: { blanks: [[accepted]] } },
      content: { text, language: 'es', blanks: 1 },
    })),
  ];
}

const topics = ['greetings', 'food and drink', 'the family', 'the weather', 'numbers and prices', 'the city'];
const nouns = ['la casa', 'el perro', 'la manzana', 'el agua', 'la calle', 'el tren', 'la playa', 'el libro'];

function createLesson(course: number, lesson: number): LessonData {
  const key = `c${course}-l${lesson}`;
  return {
    name: `lesson-${lesson}`,
    title: `${topics[lesson % topics.length]} (${lesson + 1})`,
    notes:
      '## Articles\n\nEvery noun has a gender: **el** stands before masculine nouns, **la** before feminine ones. ' +
      'Learn each noun with its article, because its ending is only a hint.\n',
    items: nouns.slice(0, 6).map((text, index) => ({
      ...{
        key: `${key}-i${index}`,
        text: `${text} ${lesson}`,
        translations: [`meaning ${index}`, `sense ${index}`],
      },
      ...{ pronunciation: 'la ˈka.sa', audio: `media/audio/${key}-${index}.mp3` },
    })),
    choices: [0, 1, 2].map((index) => ({
      key: `choice-${index}`,
      question: `How do you say “word ${index}” in Spanish?`,
      options: nouns.slice(index, index + 4),
    })),
    blanks: [0, 1].map((index) => ({
      key: `blank-${index}`,
      text: `Mañana ___ a la playa con ${index + 1} amigos de ${key}.`,
      accepted: 'vamos',
    })),
  };
}

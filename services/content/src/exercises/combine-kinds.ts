import type { FieldError } from '@lms/errors';
import { z } from 'zod';
import { type LocalisedText, pickText } from '../localised-texts/localised-text.ts';
import type {
  AnyExercise,
  AnyKind,
  CourseLanguages,
  FileUrlOf,
  RawContent,
  SubmittedTask,
  SubmittedWork,
} from './define-kind.ts';
import { type Grade, noMarks } from './grade.ts';

type Kinds = readonly [AnyKind, ...AnyKind[]];
type Schemas = AnyKind['schemas'];
type NamesOf<L extends Kinds> = { [I in keyof L]: L[I]['kind'] };
type UnionOf<L extends Kinds, N extends keyof Schemas> = z.ZodDiscriminatedUnion<
  { [I in keyof L]: L[I]['schemas'][N] & z.core.$ZodTypeDiscriminable },
  'kind'
>;
type ValueOf<L extends Kinds, N extends keyof Schemas> = z.output<L[number]['schemas'][N]>;
type SubmittedNameOf<L extends Kinds> = Extract<L[number], { taskOf: unknown }>['kind'];

export type GradedAnswer<S, K> =
  | (Grade & { graded: true; solution: S })
  /** What the ai service needs to grade it. */
  | { graded: false; kind: K; solution: S; task: SubmittedTask; work: SubmittedWork };

export interface LearnerViewOptions {
  /** Id of the exercise; options, pairs and words always have the same order for the same id. */
  id: string;
  /** Preferred languages of the prompt, best first. */
  languages: readonly string[];
  /** URL of a file of the course; null if it is missing. */
  mediaUrl: (path: string) => string | null;
}

/**
 * Derives from a list of kinds everything that the rest of the service needs for exercises: schemas, and functions
 * that work with an exercise of any kind. Nothing outside the list names a kind.
 */
export function combineKinds<const L extends Kinds>(list: L) {
  type Exercise = ValueOf<L, 'exercise'>;
  type Answer = ValueOf<L, 'answer'>;
  type ShownSolution = ValueOf<L, 'shownSolution'>;

  const byName = new Map<string, AnyKind>(list.map((kind) => [kind.kind, kind]));
  function kindOf({ kind: name }: { kind: string }): AnyKind {
    const kind = byName.get(name);
    if (!kind) throw new Error(`there is no kind of exercise called ${name}`);
    return kind;
  }
  function union<N extends keyof Schemas>(name: N): UnionOf<L, N> {
    const schemas = list.map((kind) => kind.schemas[name]);
    return z.discriminatedUnion('kind', schemas as never) as unknown as UnionOf<L, N>;
  }

  /** The solution as it is shown after the exercise was answered. */
  function showSolution(id: string, exercise: Exercise): ShownSolution {
    const { content, solution } = exercise as AnyExercise;
    const shown = kindOf(exercise).showSolution({ id, content, solution });
    return { kind: exercise.kind, ...shown } as ShownSolution;
  }

  return {
    /** Names of the kinds, in list order. */
    kindNames: list.map(({ kind }) => kind) as unknown as NamesOf<L>,
    /** Names of the kinds whose answers the ai service grades. */
    submittedKindNames: list.flatMap((kind) => ('taskOf' in kind ? [kind.kind] : [])) as SubmittedNameOf<L>[],
    /** Names of the kinds that can be skipped when a lesson is completed. */
    skippableKindNames: list.flatMap(({ kind, mayBeSkipped }) => (mayBeSkipped ? [kind] : [])) as string[],
    /** Content fields that name files that the exercise cannot be answered without. */
    neededMediaFields: list.flatMap(({ kind, neededMedia = [] }) =>
      neededMedia.map((field) => ({ kind: kind as string, field })),
    ),

    /** An exercise with its solution, as editors write it and as it is stored. */
    exercise: union('exercise'),
    /** An answer, as clients send it; `kind` must be that of the exercise. */
    answer: union('answer'),
    /** An exercise as learners receive it, without its solution. */
    learnerExercise: union('learnerExercise'),
    /** Data shown after an answer. Positions and ids refer to the learner's view. */
    shownSolution: union('shownSolution'),

    /** Defaults for fields that a course file may omit: the languages of the content, and the prompt. */
    defaultsOf(
      name: unknown,
      content: RawContent,
      languages: CourseLanguages,
    ): { content: RawContent; prompt: LocalisedText | undefined } {
      const kind = byName.get(String(name));
      const filled = kind?.withLanguages?.(content, languages) ?? content;
      return { content: filled, prompt: kind?.defaultPrompt(filled) };
    },

    /** Paths of the files that are required to answer the exercise. */
    neededMedia(exercise: Exercise): string[] {
      const content = (exercise as AnyExercise).content as Record<string, string>;
      return (kindOf(exercise).neededMedia ?? []).flatMap((field) => content[field] ?? []);
    },

    /** An exercise as a learner may see it before answering: everything except the solution. */
    toLearnerView(
      exercise: Exercise,
      { id, languages, mediaUrl }: LearnerViewOptions,
    ): ValueOf<L, 'learnerExercise'> {
      const { kind, prompt, content, solution } = exercise as AnyExercise;
      const urlOf: FileUrlOf = (path) => (path === undefined ? null : mediaUrl(path));
      return {
        id,
        kind,
        prompt: pickText(prompt, languages),
        content: kindOf(exercise).toView({ id, content, solution }, urlOf),
      } as ValueOf<L, 'learnerExercise'>;
    },

    /**
     * Problems with the form of an answer to this exercise (not whether it is right). Without problems it can be
     * graded. Paths begin with `body.answer`.
     */
    answerProblems({
      id,
      exercise,
      answer,
    }: {
      id: string;
      exercise: Exercise;
      answer: Answer;
    }): FieldError[] {
      const { content, solution } = exercise as AnyExercise;
      const problems =
        answer.kind === exercise.kind
          ? (kindOf(exercise).answerProblems?.(answer, { id, content, solution }) ?? [])
          : [{ path: 'kind', message: `must be ${exercise.kind}, like the exercise` }];
      return problems.map(({ path, message }) => ({ path: `body.answer.${path}`, message }));
    },

    showSolution,

    /**
     * Grades an answer that `answerProblems` has accepted; an answer of another kind is wrong.
     * @param id The id of the exercise, which determines the order that the learner saw.
     */
    gradeAnswer({
      id,
      exercise,
      answer,
    }: {
      id: string;
      exercise: Exercise;
      answer: Answer;
    }): GradedAnswer<ShownSolution, SubmittedNameOf<L>> {
      const kind = kindOf(exercise);
      const { content, solution } = exercise as AnyExercise;
      const shown = showSolution(id, exercise);
      if (answer.kind !== exercise.kind) return { graded: true, ...noMarks(), solution: shown };
      if ('taskOf' in kind) {
        const task = kind.taskOf({ content, solution });
        const name = kind.kind as SubmittedNameOf<L>;
        return { graded: false, kind: name, solution: shown, task, work: kind.workOf(answer) };
      }
      const { solution: nearest, ...grade } = kind.grade(answer, { id, content, solution });
      return {
        graded: true,
        ...grade,
        solution: nearest ? ({ kind: exercise.kind, ...nearest } as ShownSolution) : shown,
      };
    },

    /** The work handed in with an answer; null if answers of its kind are graded at once. */
    findWork(answer: Answer): SubmittedWork | null {
      const kind = kindOf(answer);
      return 'workOf' in kind ? kind.workOf(answer) : null;
    },
  };
}

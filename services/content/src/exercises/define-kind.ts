import { z } from 'zod';
import type { LocalisedText } from '../localised-texts/localised-text.ts';
import { localisedText } from './course-text.ts';
import type { Grade } from './grade.ts';
import { sourceKey } from './source-key.ts';

/** URL of a file that an exercise names; null if it names none or the file is missing. */
export type FileUrlOf = (path: string | undefined) => string | null;

/** Languages of the course to which an exercise belongs. */
export interface CourseLanguages {
  /** The language being learned. */
  language: string;
  /** The language that the course is taught in. */
  forLanguage: string;
}

/** The content of an exercise as read from a file, before validation. */
export type RawContent = Readonly<Record<string, unknown>>;

/** What a learner is asked to say or write, for the service that grades it. */
export interface SubmittedTask {
  languageTag: string;
  /** The text that should be heard; null if learners use their own words. */
  expectedText: string | null;
}

/** The learner's work: a text, or the id of a recording. */
export interface SubmittedWork {
  text: string | null;
  assetId: string | null;
}

export interface AnswerProblem {
  /** Field of the answer, as a dotted path. */
  path: string;
  message: string;
}

type Shape = z.ZodRawShape;
type Values<S extends Shape> = z.output<z.ZodObject<S>>;

interface Written<C extends z.ZodType, S extends z.ZodType> {
  content: z.output<C>;
  solution: z.output<S>;
}
/** `id` determines the order in which options, pairs and words are shown. */
type Asked<C extends z.ZodType, S extends z.ZodType> = Written<C, S> & { id: string };

/** The declaration that all kinds of exercises have in common. */
interface KindFacts<
  K extends string,
  C extends z.ZodType,
  S extends z.ZodType,
  V extends Shape,
  A extends Shape,
  H extends Shape,
  P extends LocalisedText | undefined,
> {
  kind: K;
  /** The content as editors write it. */
  content: C;
  /** Never sent before the exercise is answered. */
  solution: S;
  /** Checks that the two schemas cannot express; adds issues with paths such as `['content', 'text']`. */
  check?(exercise: Written<C, S>, context: z.RefinementCtx): void;
  /** The prompt of exercises without one of their own; undefined if the exercise must have one. */
  defaultPrompt(content: RawContent): P;
  /** Adds the languages that a course file may omit. */
  withLanguages?(content: RawContent, languages: CourseLanguages): RawContent;
  /** Content fields whose files are required to answer the exercise. */
  neededMedia?: readonly (keyof z.output<NoInfer<C>> & NeededMediaField)[];
  /** True if a lesson can be completed without it. */
  mayBeSkipped?: boolean;

  /** Fields of the content in the learner's view. */
  view: V;
  /** The view of an exercise before it is answered. */
  toView(exercise: Asked<C, S>, urlOf: FileUrlOf): Values<NoInfer<V>>;

  /** Fields of an answer. */
  answer: A;
  /** Problems with the form of an answer to this exercise (not whether it is right). */
  answerProblems?(answer: Values<NoInfer<A>>, exercise: Asked<C, S>): AnswerProblem[];

  /** Fields of the solution that is shown after an answer. Positions and ids refer to the view. */
  shownSolution: H;
  showSolution(exercise: Asked<C, S>): Values<NoInfer<H>>;
}

type NeededMediaField = 'audio' | 'image';

/** A kind that is graded at once. */
interface GradedKind<
  K extends string,
  C extends z.ZodType,
  S extends z.ZodType,
  V extends Shape,
  A extends Shape,
  H extends Shape,
  P extends LocalisedText | undefined,
> extends KindFacts<K, C, S, V, A, H, P> {
  /**
   * Grades an answer whose form is valid. If it returns a `solution`, that is shown instead of `showSolution`'s:
   * where several texts are right, the answer determines the nearest one.
   */
  grade(
    answer: Values<NoInfer<A>>,
    exercise: Asked<C, S>,
  ): Grade & { solution?: Values<NoInfer<H>> | undefined };
}

/** A kind that the ai service grades later. */
interface SubmittedKind<
  K extends string,
  C extends z.ZodType,
  S extends z.ZodType,
  V extends Shape,
  A extends Shape,
  H extends Shape,
  P extends LocalisedText | undefined,
> extends KindFacts<K, C, S, V, A, H, P> {
  taskOf(exercise: Written<C, S>): SubmittedTask;
  workOf(answer: Values<NoInfer<A>>): SubmittedWork;
}

/** Declares a kind of exercise that is graded at once. */
export function defineKind<
  const K extends string,
  C extends z.ZodType,
  S extends z.ZodType,
  V extends Shape,
  A extends Shape,
  H extends Shape,
  P extends LocalisedText | undefined,
>(definition: GradedKind<K, C, S, V, A, H, P>) {
  return { ...definition, schemas: schemasOf(definition) };
}

/** Declares a kind of exercise whose answers are submissions, graded by the ai service. */
export function defineSubmittedKind<
  const K extends string,
  C extends z.ZodType,
  S extends z.ZodType,
  V extends Shape,
  A extends Shape,
  H extends Shape,
  P extends LocalisedText | undefined,
>(definition: SubmittedKind<K, C, S, V, A, H, P>) {
  return { ...definition, schemas: schemasOf(definition) };
}

/** An exercise of any kind. */
export interface AnyExercise {
  kind: string;
  prompt: LocalisedText;
  content: unknown;
  solution: unknown;
  explanation?: LocalisedText | undefined;
  items: string[];
}

interface AnyKindFacts {
  kind: string;
  schemas: {
    exercise: z.ZodType<AnyExercise>;
    answer: z.ZodType<{ kind: string }>;
    learnerExercise: z.ZodType<{ kind: string }>;
    shownSolution: z.ZodType<{ kind: string }>;
  };
  defaultPrompt(content: RawContent): LocalisedText | undefined;
  withLanguages?(content: RawContent, languages: CourseLanguages): RawContent;
  neededMedia?: readonly NeededMediaField[];
  mayBeSkipped?: boolean;
  toView(exercise: AnyAsked, urlOf: FileUrlOf): object;
  answerProblems?(answer: object, exercise: AnyAsked): AnswerProblem[];
  showSolution(exercise: AnyAsked): object;
}
interface AnyAsked {
  id: string;
  content: unknown;
  solution: unknown;
}
interface AnyGradedKind extends AnyKindFacts {
  grade(answer: object, exercise: AnyAsked): Grade & { solution?: object | undefined };
}
interface AnySubmittedKind extends AnyKindFacts {
  taskOf(exercise: { content: unknown; solution: unknown }): SubmittedTask;
  workOf(answer: object): SubmittedWork;
}

/** A kind without its specific types, for code that finds the kind of an exercise at run time. */
export type AnyKind = AnyGradedKind | AnySubmittedKind;

function schemasOf<
  const K extends string,
  C extends z.ZodType,
  S extends z.ZodType,
  V extends Shape,
  A extends Shape,
  H extends Shape,
  P extends LocalisedText | undefined,
>(definition: KindFacts<K, C, S, V, A, H, P>) {
  const { content, solution, view, answer, shownSolution } = definition;
  const kind = z.literal(definition.kind);
  const written = z.strictObject({
    kind,
    prompt: localisedText(1_000),
    content,
    /** Never sent before the exercise is answered. */
    solution,
    /** Explains the solution; sent after the answer. */
    explanation: localisedText(2_000).optional(),
    /** Keys of the items that the exercise trains. */
    items: z.array(sourceKey).max(20).default([]),
  });
  return {
    exercise: definition.check
      ? written.superRefine((value, context) =>
          definition.check?.(value as unknown as Written<C, S>, context),
        )
      : written,
    answer: z.strictObject({ kind, ...answer }),
    learnerExercise: z.object({ id: z.uuid(), kind, prompt: z.string(), content: z.object(view) }),
    shownSolution: z.object({ kind, ...shownSolution }),
  };
}

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { eventContracts } from '@lms/events';
import { z } from 'zod';
import {
  type Answer,
  answer,
  answerProblems,
  type Exercise,
  exercise,
  gradeAnswer,
  kindNames,
  learnerExercise,
  shownSolution,
  submittedKindNames,
} from './exercise-kinds.ts';
import { shownMistake } from './grade.ts';
import {
  gradeOf,
  problemsOf,
  rightAnswer,
  sampleExercise,
  sampleExercises,
  sampleId,
  sampleIds,
  viewOf,
} from './testing/sample-exercises.ts';

const gradedAtOnce = sampleExercises.filter(({ kind }) => !(submittedKindNames as string[]).includes(kind));

it('the samples cover every kind', () => {
  expect(sampleExercises.map(({ kind }) => kind).sort()).toEqual([...kindNames].sort());
});

it('an exercise is unchanged after being stored and read again', () => {
  for (const each of sampleExercises) expect(exercise.parse(JSON.parse(JSON.stringify(each)))).toEqual(each);
});

it('an unknown kind is refused', () => {
  expect(problemsOf({ kind: 'essay', prompt: { en: 'x' } })[0]).toMatch(/^kind: /);
});

describe('the learner’s view', () => {
  it.each(sampleExercises.map((each) => [each.kind, each] as const))(
    'of %s matches its schema',
    (_kind, each) => {
      for (const id of sampleIds) expect(learnerExercise.parse(viewOf(id, each))).toEqual(viewOf(id, each));
    },
  );
  it('contains nothing of the solution', () => {
    for (const each of sampleExercises) {
      const shown = JSON.stringify(viewOf(sampleId, each));
      expect(shown).not.toContain('SECRET');
      for (const name of ['solution', 'correct', 'accepted', 'explanation', 'alternatives', 'transcript'])
        expect(shown).not.toContain(`"${name}"`);
    }
  });
  it('has the same order each time, and a different one for another exercise', () => {
    for (const kind of ['mcq', 'matching', 'reorder', 'fill_blank'] as const) {
      const shown = (id: string) => JSON.stringify({ ...viewOf(id, sampleExercise(kind)), id: '' });
      expect(sampleIds.map(shown)).toEqual(sampleIds.map(shown));
      expect(new Set(sampleIds.map(shown)).size).toBeGreaterThan(2);
    }
  });
  it('has the prompt in the preferred language', () => {
    for (const each of sampleExercises) expect(viewOf(sampleId, each).prompt).toBe('Làm đi.');
  });
});

describe('a right answer', () => {
  it.each(gradedAtOnce.map((each) => [each.kind, each] as const))(
    'to %s is accepted in every order of the view',
    (_kind, each) => {
      for (let turn = 0; turn < 50; turn++) {
        const id = randomUUID();
        const given = answer.parse(rightAnswer(id, each));
        expect(answerProblems({ id, exercise: each, answer: given })).toEqual([]);
        const grade = gradeOf(each, given, id);
        expect(grade).toMatchObject({ correct: true, score: 1, mistakes: [] });
        expect(shownSolution.parse(grade.solution)).toEqual(grade.solution);
      }
    },
  );
});

it('a wrong answer scores between 0 and 0.75, and its mistakes match their schema', () => {
  for (const each of gradedAtOnce)
    for (const other of ['', 'xyz', 'I am', 'a teacher I am not', '??']) {
      const given: Record<string, Answer> = {
        translation: { kind: 'translation', text: other },
        dictation: { kind: 'dictation', text: other },
        reorder: { kind: 'reorder', tokens: other.split(' ') },
        fill_blank: { kind: 'fill_blank', blanks: [other, other] },
      };
      const answerGiven = given[each.kind];
      if (!answerGiven) continue;
      const grade = gradeOf(each, answerGiven);
      expect(grade.correct).toBe(false);
      expect(grade.score).toBeGreaterThanOrEqual(0);
      expect(grade.score).toBeLessThanOrEqual(0.75);
      for (const mistake of grade.mistakes) expect(shownMistake.parse(mistake)).toEqual(mistake);
    }
});

it('speaking and writing are graded by the ai service, without revealing the solution', () => {
  for (const kind of submittedKindNames) {
    const each: Exercise = sampleExercise(kind);
    const grade = gradeAnswer({ id: sampleId, exercise: each, answer: rightAnswer(sampleId, each) });
    expect(grade).toMatchObject({ graded: false, kind });
    expect(shownSolution.parse(grade.solution)).toEqual(grade.solution);
  }
});

describe('the form of an answer', () => {
  it('names the wrong field', () => {
    const paths = (value: unknown) => answer.safeParse(value).error?.issues.map(({ path }) => path.join('.'));
    expect(paths({ kind: 'mcq', choice: 'first' })).toEqual(['choice']);
    expect(paths({ kind: 'matching', pairs: [{ left: 'a' }] })).toEqual(['pairs.0.right']);
    expect(paths({ kind: 'speaking', assetId: 'x' })).toEqual(['assetId']);
    expect(paths({ kind: 'essay' })).toEqual(['kind']);
    expect(paths({ kind: 'writing', text: ' ' })).toEqual(['text']);
  });
  it('must have the kind of the exercise; another kind is never right', () => {
    const given = { exercise: sampleExercise('mcq'), answer: { kind: 'listening', choice: 0 } as const };
    expect(answerProblems({ id: sampleId, ...given }).map(({ path }) => path)).toEqual(['body.answer.kind']);
    expect(gradeAnswer({ id: sampleId, ...given })).toMatchObject({ correct: false, score: 0 });
  });
});

function kindIn(type: 'exercise.answered' | 'submission.created'): z.ZodType {
  const contracts = eventContracts as readonly { type: string; data: z.ZodType }[];
  const contract = contracts.find((each) => each.type === type);
  if (!contract) throw new Error(`there is no event ${type}`);
  return (contract.data as z.ZodObject<{ kind: z.ZodType }>).shape.kind;
}

it('the contract of exercise.answered accepts every kind, including later ones', () => {
  for (const name of [...kindNames, 'tenth_kind'])
    expect(kindIn('exercise.answered').safeParse(name).success).toBe(true);
  expect(kindIn('exercise.answered').safeParse('Not a kind').success).toBe(false);
});

it('the contract of submission.created names the kinds that the ai service grades', () => {
  const { enum: names } = z.toJSONSchema(kindIn('submission.created')) as { enum: string[] };
  expect([...names].sort()).toEqual([...submittedKindNames].sort());
});

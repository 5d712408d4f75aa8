import type { Correction, WritingCheck, WritingFeedback } from '../../feedback/feedback.ts';
import { primaryLanguage } from '../../text/words.ts';
import { type AiProvider, providerFailure, providerRequired, type WritingRequest } from '../ai-provider.ts';
import { englishCorrections } from './english-corrections.ts';
import { createEnglishGrammar, type EnglishGrammar } from './english-grammar.ts';
import { scoreWriting, type WritingScore } from './score-writing.ts';
import { structuralCorrections } from './structural-corrections.ts';

const mostCorrections = 100;

/**
 * Grades by rules, without a network: checks English grammar and spelling (Harper), and in any language what needs
 * no dictionary. `checks` lists the checks; this provider cannot judge meaning or transcribe.
 */
export function createLocalProvider(grammar: EnglishGrammar = createEnglishGrammar()): AiProvider {
  return {
    name: 'local',
    canTranscribe: false,
    async writingFeedback(request) {
      const started = performance.now();
      const english = primaryLanguage(request.languageTag) === 'en';
      const model = english ? 'harper-2' : 'text-rules-1';
      let outcome: 'ok' | 'failed' = 'failed';
      try {
        const graded = await grade(request, english ? grammar : undefined);
        outcome = 'ok';
        return { kind: 'writing', provider: 'local', model, ...graded };
      } finally {
        const durationMs = Math.round(performance.now() - started);
        const cost = { inputTokens: 0, outputTokens: 0, durationMs };
        request.onCall({ operation: 'writing_feedback', provider: 'local', model, outcome, ...cost });
      }
    },
    async transcribe() {
      throw providerRequired('Speech to text');
    },
    close: () => grammar.close(),
  };
}

type Graded = Omit<WritingFeedback, 'kind' | 'provider' | 'model'>;

async function grade(request: WritingRequest, grammar: EnglishGrammar | undefined): Promise<Graded> {
  const { text, languageTag, signal } = request;
  if (signal.aborted) throw providerFailure('aborted');
  const structural = structuralCorrections(text, languageTag);
  const corrections = grammar
    ? withoutOverlaps(
        englishCorrections(text, languageTag, await grammar.check(text, languageTag, signal)),
        structural,
      )
    : structural;
  const score = scoreWriting({ ...request, corrections });
  const checks: WritingCheck[] = [
    ...(grammar ? (['grammar', 'spelling'] as const) : []),
    'punctuation',
    'repetition',
    ...score.checks,
  ];
  return {
    score: score.score,
    summary: summaryOf(corrections, score),
    strengths: strengthsOf(corrections, score, checks),
    corrections: corrections.slice(0, mostCorrections),
    checks,
  };
}

function withoutOverlaps(first: Correction[], second: Correction[]): Correction[] {
  const added = second.filter(
    (one) => !first.some((other) => one.start < other.end && other.start < one.end),
  );
  return [...first, ...added].sort((a, b) => a.start - b.start);
}

function summaryOf(corrections: readonly Correction[], score: WritingScore): string {
  const found =
    corrections.length === 0
      ? 'The checks found nothing to correct.'
      : `The checks found ${corrections.length === 1 ? 'one thing' : `${corrections.length} things`} to look at.`;
  const short =
    score.wordCount < score.expectedWordCount
      ? ` Write more: at least ${score.expectedWordCount} words.`
      : '';
  const missing =
    score.missingWords.length > 0
      ? ` Use these words too: ${score.missingWords.map((word) => `"${word}"`).join(', ')}.`
      : '';
  return found + short + missing;
}

function strengthsOf(
  corrections: readonly Correction[],
  score: WritingScore,
  checks: readonly WritingCheck[],
): string[] {
  if (score.wordCount === 0) return [];
  const none = (category: Correction['category']) => !corrections.some((one) => one.category === category);
  return [
    ...(score.wordCount >= score.expectedWordCount ? ['Your text is long enough.'] : []),
    ...(checks.includes('grammar') && none('grammar') ? ['The grammar check found no mistakes.'] : []),
    ...(checks.includes('spelling') && none('spelling') ? ['The spelling check found no mistakes.'] : []),
    ...(checks.includes('prompt_words') && score.missingWords.length === 0
      ? ['You used all the words you were asked to use.']
      : []),
  ];
}

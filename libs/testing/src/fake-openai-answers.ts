import type { FakeFailure, FakeTranscript } from './fake-openai.ts';

/** Mistakes that the fake model detects, with their corrections. */
const knownMistakes: {
  pattern: RegExp;
  fix: (match: string) => string;
  message: string;
  category: string;
}[] = [
  {
    pattern: /(?<=\b(?:he|she|it) )(?:go|do|have|like)\b/gi,
    fix: (verb) => ({ go: 'goes', do: 'does', have: 'has', like: 'likes' })[verb.toLowerCase()] ?? verb,
    message: 'The verb takes another form after he, she and it.',
    category: 'grammar',
  },
  {
    pattern: /\bcoffe\b/gi,
    fix: () => 'coffee',
    message: 'This word has two e at its end.',
    category: 'spelling',
  },
];

/** Body of `/v1/chat/completions`; feedback on the learner's text by default. */
export function completionAnswer(body: Record<string, unknown>, failure: FakeFailure | undefined): object {
  const refusal = failure && 'refusal' in failure ? failure.refusal : null;
  const content =
    failure && 'content' in failure ? failure.content : JSON.stringify(feedbackFor(learnerText(body)));
  const prompt = JSON.stringify(body.messages ?? []);
  const usage = { prompt_tokens: tokensOf(prompt), completion_tokens: tokensOf(content) };
  return {
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: body.model,
    choices: [
      {
        index: 0,
        finish_reason: 'stop',
        logprobs: null,
        message: { role: 'assistant', content: refusal === null ? content : null, refusal },
      },
    ],
    usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
  };
}

/** Body of `/v1/audio/transcriptions` in the requested format. */
export function transcriptionAnswer(body: Record<string, unknown>, { text, words }: FakeTranscript): object {
  if (body.response_format !== 'verbose_json') {
    return {
      text,
      usage: {
        type: 'tokens',
        input_tokens: 42,
        output_tokens: tokensOf(text),
        total_tokens: 42 + tokensOf(text),
      },
    };
  }
  const timed =
    words ??
    (text.match(/[\p{L}\p{M}\p{N}'’]+/gu) ?? []).map((word, index) => ({
      word,
      start: 0.2 + index * 0.35,
      end: 0.5 + index * 0.35,
    }));
  const duration = (timed.at(-1)?.end ?? 0) + 0.2;
  return {
    task: 'transcribe',
    language: 'english',
    duration,
    text,
    words: timed,
    usage: { type: 'duration', seconds: Math.ceil(duration) },
  };
}

function feedbackFor(text: string): object {
  const corrections = knownMistakes
    .flatMap(({ pattern, fix, message, category }) =>
      [...text.matchAll(pattern)].map((match) => ({
        at: match.index,
        original: match[0],
        suggestion: fix(match[0]),
        message,
        category,
      })),
    )
    .sort((a, b) => a.at - b.at)
    .map(({ at: _at, ...correction }) => correction);
  return {
    score: Math.max(0, 0.95 - 0.15 * corrections.length),
    summary: corrections.length === 0 ? 'Well written.' : 'Good work. Look at the corrections.',
    strengths: ['You wrote a whole sentence.'],
    corrections,
  };
}

/** The last user message that is a JSON object with `learnerText`; the empty text otherwise. */
function learnerText(body: Record<string, unknown>): string {
  const messages = Array.isArray(body.messages)
    ? (body.messages as { role: string; content: unknown }[])
    : [];
  for (const { role, content } of messages.toReversed()) {
    if (role !== 'user' || typeof content !== 'string') continue;
    try {
      const data = JSON.parse(content) as { learnerText?: unknown };
      if (typeof data.learnerText === 'string') return data.learnerText;
    } catch {
      // A repair request is plain text; the data is in an earlier message.
    }
  }
  return '';
}

const tokensOf = (text: string) => Math.ceil(text.length / 4);

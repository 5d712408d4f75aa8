import { zodResponseFormat } from 'openai/helpers/zod';
import type { ChatCompletion, ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { WritingFeedback } from '../../feedback/feedback.ts';
import { providerFailure, type WritingRequest } from '../ai-provider.ts';
import type { OpenAiSession } from './create-openai-provider.ts';
import { locateCorrections } from './locate-corrections.ts';
import { type WritingAnswer, writingAnswer, writingData, writingInstructions } from './writing-prompt.ts';

/** Enough tokens for 30 corrections and for the hidden reasoning of models that have it. */
const maxAnswerTokens = 6_000;

/** Queries the model. A response that does not fit the schema is sent back once, with a description of the problem. */
export async function writingFeedback(
  session: OpenAiSession,
  request: WritingRequest,
): Promise<WritingFeedback> {
  const messages: ChatCompletionMessageParam[] = [
    { role: 'system', content: writingInstructions },
    { role: 'user', content: writingData(request) },
  ];
  let read = readAnswer(await ask(session, request, messages));
  if ('problem' in read) {
    messages.push(
      { role: 'assistant', content: read.content.slice(0, 4_000) },
      {
        role: 'user',
        content: `That answer does not fit: ${read.problem}. Answer again, with the JSON object alone.`,
      },
    );
    read = readAnswer(await ask(session, request, messages));
  }
  if ('problem' in read) throw providerFailure('invalid_answer');
  const { score, summary, strengths, corrections } = read.answer;
  return {
    kind: 'writing',
    provider: 'openai',
    model: session.options.textModel,
    score: Math.round(score * 100) / 100,
    summary: summary.slice(0, 1_000),
    strengths: strengths.slice(0, 5).map((strength) => strength.slice(0, 300)),
    corrections: locateCorrections(request.text, corrections),
    checks: ['grammar', 'spelling', 'punctuation', 'vocabulary', 'task'],
  };
}

function ask(
  { call, client, options }: OpenAiSession,
  { signal, onCall }: WritingRequest,
  messages: ChatCompletionMessageParam[],
): Promise<ChatCompletion> {
  return call({
    operation: 'writing_feedback',
    model: options.textModel,
    signal,
    onCall,
    run: (requestOptions) =>
      client.chat.completions.create(
        {
          model: options.textModel,
          messages,
          max_completion_tokens: maxAnswerTokens,
          response_format: zodResponseFormat(writingAnswer, 'writing_feedback'),
        },
        requestOptions,
      ),
    tokensOf: ({ usage }) => ({
      inputTokens: usage?.prompt_tokens ?? 0,
      outputTokens: usage?.completion_tokens ?? 0,
    }),
  });
}

type ReadAnswer = { answer: WritingAnswer } | { problem: string; content: string };

/** Parses the model's response. `problem` names fields, never values. */
function readAnswer(completion: ChatCompletion): ReadAnswer {
  const choice = completion.choices?.[0];
  if (choice?.message?.refusal || choice?.finish_reason === 'content_filter')
    throw providerFailure('refused');
  const content = choice?.message?.content ?? '';
  if (choice?.finish_reason === 'length') throw providerFailure('invalid_answer', { providerCode: 'length' });
  let json: unknown;
  try {
    // Some compatible servers wrap JSON in a code fence.
    json = JSON.parse(content.trim().replace(/^```(?:json)?\s*|\s*```$/g, ''));
  } catch {
    return { problem: 'it is not JSON', content };
  }
  const parsed = writingAnswer.safeParse(json);
  if (parsed.success) return { answer: parsed.data };
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'the whole').slice(0, 10);
  return { problem: `wrong or missing: ${fields.join(', ')}`, content };
}

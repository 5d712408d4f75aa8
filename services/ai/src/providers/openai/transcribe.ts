import { toFile } from 'openai';
import { z } from 'zod';
import { primaryLanguage } from '../../text/words.ts';
import { providerFailure, type Transcription, type TranscriptionRequest } from '../ai-provider.ts';
import type { OpenAiSession } from './create-openai-provider.ts';

/** Servers derive the format of a file from its name. */
const extensions: Record<string, string> = {
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/mp4': 'm4a',
  'audio/m4a': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/aac': 'm4a',
  'audio/ogg': 'ogg',
  'audio/opus': 'ogg',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/webm': 'webm',
  'audio/flac': 'flac',
};

const transcriptionAnswer = z.object({
  text: z.string().max(100_000),
  duration: z.coerce.number().min(0).optional(),
  words: z
    .array(z.object({ word: z.string(), start: z.number().min(0), end: z.number().min(0) }))
    .max(20_000)
    .nullish(),
  usage: z
    .object({
      seconds: z.number().optional(),
      input_tokens: z.int().optional(),
      output_tokens: z.int().optional(),
    })
    .nullish(),
});

/**
 * Transcribes a recording. Whisper models also return when each word was said; others return only the text.
 * The expected text is not sent, because as a hint it would make the model hear what should have been said.
 */
export async function transcribe(
  session: OpenAiSession,
  request: TranscriptionRequest,
): Promise<Transcription> {
  const { client, options } = session;
  const model = options.transcriptionModel;
  const type = request.contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  const file = await toFile(request.audio, `recording.${extensions[type] ?? 'wav'}`, { type });
  const timed = /whisper/i.test(model);
  const language = primaryLanguage(request.languageTag);
  const answer = await session.call({
    operation: 'transcription',
    model,
    signal: request.signal,
    onCall: request.onCall,
    run: async (requestOptions) =>
      transcriptionAnswer.safeParse(
        await client.audio.transcriptions.create(
          {
            file,
            model,
            ...(/^[a-z]{2}$/.test(language) ? { language } : {}),
            ...(timed
              ? { response_format: 'verbose_json', timestamp_granularities: ['word'] }
              : { response_format: 'json' }),
          },
          requestOptions,
        ),
      ),
    tokensOf: ({ data }) => ({
      inputTokens: data?.usage?.input_tokens ?? 0,
      outputTokens: data?.usage?.output_tokens ?? 0,
    }),
  });
  if (!answer.success) throw providerFailure('invalid_answer');
  const { text, words, duration, usage } = answer.data;
  const seconds = duration ?? usage?.seconds;
  return {
    provider: 'openai',
    model,
    transcript: text.trim(),
    ...(words
      ? { words: words.map(({ word, start, end }) => ({ word, startMs: ms(start), endMs: ms(end) })) }
      : {}),
    durationMs: seconds === undefined ? null : ms(seconds),
  };
}

const ms = (seconds: number) => Math.round(seconds * 1_000);

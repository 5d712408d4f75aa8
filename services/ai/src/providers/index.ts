export {
  type AiProvider,
  isWorthRetrying,
  type ProviderCall,
  providerRequired,
  type Transcription,
} from './ai-provider.ts';
export { apiKeyOf, createProvider } from './create-provider.ts';

export { apiKeyOf, createProvider } from './create-provider.ts';
export {
  type AiProvider,
  isWorthRetrying,
  type ProviderCall,
  providerRequired,
  type Transcription,
} from './provider.ts';

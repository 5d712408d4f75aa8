export {
  createObjectStore,
  type ObjectStore,
  type ObjectStoreOptions,
  type SignedUpload,
  type StoredObject,
} from './object-store.ts';

declare module 'kafkajs/src/network/requestQueue/index.js' {
  const RequestQueue: { prototype: object };
  // biome-ignore lint/style/noDefaultExport: this is how kafkajs's CommonJS module is imported
  export default RequestQueue;
}

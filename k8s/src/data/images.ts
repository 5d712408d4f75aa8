/** Images of the backing servers: the versions of docker-compose.yml (a test compares them). */
export const images = {
  postgres: 'postgres:18',
  redis: 'redis:8',
  kafka: 'apache/kafka:4.4.0',
  objectStore: 'andrewgaul/s3proxy:s3proxy-4.1.0',
  mail: 'maildev/maildev:3.0.0',
} as const;

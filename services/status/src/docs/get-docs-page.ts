import { defineRoute, Reply } from '@lms/http';

/** What the page may load: its own scripts and styles, and no inline code except the styles that Swagger UI sets. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The API reference in a browser. */
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>LMS API reference</title>
<link rel="icon" type="image/png" href="/api/v1/docs/favicon-32x32.png">
<link rel="stylesheet" href="/api/v1/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript. The documents themselves:
<a href="/api/v1/docs/openapi.json">OpenAPI</a>, <a href="/api/v1/docs/events">events</a>.</noscript>
<script src="/api/v1/docs/swagger-ui-bundle.js"></script>
<script src="/api/v1/docs/start.js"></script>
</body>
</html>
`;

export const getDocsPage = defineRoute({
  method: 'get',
  path: '/docs',
  summary: 'API reference as a page',
  tag: 'Documentation',
  auth: 'public',
  output: { status: 200, body: { contentTypes: ['text/html'] } },
  handler: async () =>
    new Reply(page, {
      headers: { 'cache-control': 'public, max-age=60', 'content-security-policy': policy },
    }),
});

import { getAsyncapi } from './get-asyncapi.ts';
import { getDocsFile } from './get-docs-file.ts';
import { getDocsPage } from './get-docs-page.ts';
import { getEventsPage } from './get-events-page.ts';
import { getOpenapi } from './get-openapi.ts';

export const docsRoutes = [getDocsPage, getOpenapi, getEventsPage, getAsyncapi, getDocsFile];

import { deleteSession } from './delete-session.ts';
import { listSessions } from './list-sessions.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { logoutAll } from './logout-all.ts';
import { refreshSession } from './refresh-session.ts';

export const sessionRoutes = [login, refreshSession, logout, logoutAll, listSessions, deleteSession];

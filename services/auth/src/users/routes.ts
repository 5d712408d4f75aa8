import { deleteMe } from './delete-me.ts';
import { getMe } from './get-me.ts';
import { listUsers } from './list-users.ts';
import { register } from './register.ts';
import { updateMe } from './update-me.ts';
import { updateUser } from './update-user.ts';

export const userRoutes = [register, getMe, updateMe, deleteMe, listUsers, updateUser];

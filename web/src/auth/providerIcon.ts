// The icons of identity providers.
import type { ComponentType } from 'react';
import GitHub from '@mui/icons-material/GitHub';
import Google from '@mui/icons-material/Google';
import Login from '@mui/icons-material/LoginOutlined';

const icons: Record<string, ComponentType<{ color?: 'action' }>> = { google: Google, github: GitHub };

export const providerIcon = (id: string) => icons[id] ?? Login;

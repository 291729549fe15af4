import Icon from '@mui/icons-material/AutoAwesomeOutlined';
import type { Area } from '../records/area';
import { lazy } from '../ui/lazy';
import { AssistantButton } from './AssistantButton';
import { openAssistant } from './opening';

const Panel = lazy(() => import('./AssistantPanel'));

export default {
	tool: () => <AssistantButton Panel={Panel} />,
	offer: { label: 'assistant.ask', icon: Icon, run: openAssistant },
} satisfies Area;

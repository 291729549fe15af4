import Call from '@mui/icons-material/PhoneOutlined';
import Chat from '@mui/icons-material/ChatOutlined';
import Email from '@mui/icons-material/EmailOutlined';
import Instagram from '@mui/icons-material/Instagram';
import Messenger from '@mui/icons-material/QuestionAnswerOutlined';
import Other from '@mui/icons-material/ForumOutlined';
import Sms from '@mui/icons-material/SmsOutlined';
import Telegram from '@mui/icons-material/Telegram';
import WhatsApp from '@mui/icons-material/WhatsApp';

/** The channels, in the order of the menus. */
export const channels: Record<string, typeof Other> = {
	email: Email,
	sms: Sms,
	whatsapp: WhatsApp,
	messenger: Messenger,
	instagram: Instagram,
	telegram: Telegram,
	chat: Chat,
	voice: Call,
	other: Other,
};

export function ChannelIcon({ channel }: { channel: string }) {
	const Icon = channels[channel] ?? Other;
	return <Icon aria-hidden color="action" sx={{ fontSize: 18 }} />;
}

import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useResourceContext, useTranslateLabel } from 'ra-core';

/** A member of the row at hand under its name, unless there is nothing to say. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
	const label = useTranslateLabel();
	const resource = useResourceContext();
	return children && (
		<Box>
			<Typography component="dt" variant="body2" color="textSecondary">{label({ resource, source: name })}</Typography>
			<Typography component="dd" sx={{ m: 0, overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}>{children}</Typography>
		</Box>
	);
}

// The prices of products in price lists. The pages of products and price lists show the prices, which have no menu
// entry.
import Icon from '@mui/icons-material/PaymentsOutlined';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useRecordContext, useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import type { Area } from '../records/area';
import { useFormats } from '../data/useFormats';
import { References } from '../records/fields';
import type { Resource } from '../records/resource';
import { useFieldOf } from '../records/resources';
import { described } from '../records/pages';
import { Price, PriceInput, ProductInput } from './Price';

const resource: Resource = {
	name: 'price_list_items',
	icon: Icon,
	title: ({ id }) => `#${id}`,
	Line: ({ row }) => {
		const translate = useTranslate();
		const fieldOf = useFieldOf(resource.name);
		const { count } = useFormats();
		// Each line shows the other record of the price: the list on a product's page, and the product on a list's
		// page.
		const other = useRecordContext()!.id === row.product_id ? 'price_list_id' : 'product_id';
		return (
			<Stack
				component="li"
				direction="row"
				useFlexGap
				sx={{ gap: 1.5, py: 1.25, flexWrap: 'wrap', justifyContent: 'space-between' }}
			>
				<References field={fieldOf(other)} value={row[other]} />
				<Box sx={{ textAlign: 'right' }}>
					<Link component={RouterLink} to={`/price_list_items/${row.id}`}>
						<Price field={fieldOf('price')} row={row} value={row.price} />
					</Link>
					{row.min_quantity > 0 && (
						<Typography component="div" variant="body2" color="textSecondary">
							{translate('resources.price_list_items.fields.min_quantity')} {count(row.min_quantity)}
						</Typography>
					)}
				</Box>
			</Stack>
		);
	},
	fields: {
		product_id: { Input: ProductInput },
		min_quantity: { input: { min: 0, step: 1 } },
		price: { Cell: Price, Input: PriceInput },
	},
	form: ['price_list_id', 'product_id', ['min_quantity', 'price']],
	defaults: () => ({ min_quantity: 0 }),
	list: {
		name: 'id',
		columns: ['price_list_id', 'product_id', 'min_quantity', 'price'],
		sort: ['min_quantity', 'ASC'],
		filters: ['price_list_id', 'product_id', 'min_quantity'],
	},
};

export const prices: Area = { ...described(resource), menu: undefined };

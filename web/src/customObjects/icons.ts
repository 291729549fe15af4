// The menu icons of custom objects, by their names in definitions.
import type { ComponentType } from 'react';
import Building from '@mui/icons-material/ApartmentOutlined';
import Project from '@mui/icons-material/AssignmentOutlined';
import Ticket from '@mui/icons-material/ConfirmationNumberOutlined';
import Card from '@mui/icons-material/CreditCardOutlined';
import Document from '@mui/icons-material/DescriptionOutlined';
import Vehicle from '@mui/icons-material/DirectionsCarOutlined';
import Calendar from '@mui/icons-material/EventOutlined';
import Flag from '@mui/icons-material/FlagOutlined';
import Folder from '@mui/icons-material/FolderOutlined';
import Box from '@mui/icons-material/Inventory2Outlined';
import Key from '@mui/icons-material/KeyOutlined';
import Person from '@mui/icons-material/PersonOutlined';
import Pin from '@mui/icons-material/PlaceOutlined';
import Machine from '@mui/icons-material/PrecisionManufacturingOutlined';

const icons: Record<string, ComponentType> = {
	box: Box,
	building: Building,
	calendar: Calendar,
	card: Card,
	document: Document,
	flag: Flag,
	folder: Folder,
	key: Key,
	machine: Machine,
	person: Person,
	pin: Pin,
	project: Project,
	ticket: Ticket,
	vehicle: Vehicle,
};

export const iconOf = (name: string | undefined): ComponentType => icons[name ?? 'box'] ?? Box;

"""The only room that knows every other: settings, wiring, flows, timetable, command line."""

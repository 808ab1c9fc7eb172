//! MP4, stems, captions, contact sheet and OpenTimelineIO, read back before they are trusted

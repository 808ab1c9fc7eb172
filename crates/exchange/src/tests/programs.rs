//! Edits as other programs write them, drawn after what they document and what their users post.

use super::{compared, said};
use crate::testing::TestEdit;

/// Name, frames and head of the film's shots; the master for the title.
const SHOTS: [(&str, u32, u32); 6] = [
    ("the-tide", 48, 0),
    ("1_0010-2", 96, 8),
    ("1_0020-1", 60, 8),
    ("1_0030-1", 84, 8),
    ("2_0010-1", 72, 8),
    ("2_0020-1", 48, 8),
];

/// The film as Resolve writes OpenTimelineIO: files by absolute path, everything in the timeline's rate, timecode of
/// the media counted in, nothing of ours kept but names.
fn resolve_otio(moved: i64) -> String {
    let shifts = [0, 0, 0, 0, moved, -moved];
    let clips: Vec<String> = SHOTS
        .iter()
        .zip(shifts)
        .enumerate()
        .map(|(index, ((name, frames, head), by))| {
            let start = i64::from(*head) + 86_400 + if index == 5 { moved } else { 0 };
            let frames = i64::from(*frames) + by;
            format!(
                r#"{{"OTIO_SCHEMA":"Clip.2","metadata":{{"Resolve_OTIO":{{"Link Group ID":{index}}}}},"name":"{name}.mp4",
"source_range":{{"OTIO_SCHEMA":"TimeRange.1","duration":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":{frames}.0}},
"start_time":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":{start}.0}}}},"effects":[{{"OTIO_SCHEMA":"Effect.1","metadata":
{{"Resolve_OTIO":{{"Effect Name":"Transform","Enabled":true}}}},"name":"","effect_name":"Resolve Effect"}}],"markers":[],"enabled":true,
"media_references":{{"DEFAULT_MEDIA":{{"OTIO_SCHEMA":"ExternalReference.1","metadata":{{}},"name":"{name}.mp4","available_range":
{{"OTIO_SCHEMA":"TimeRange.1","duration":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":400.0}},"start_time":
{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":86400.0}}}},"available_image_bounds":null,
"target_url":"/Volumes/Film/the tide/out/takes/{name}.mp4"}}}},"active_media_reference_key":"DEFAULT_MEDIA"}}"#
            )
        })
        .collect();
    format!(
        r#"{{"OTIO_SCHEMA":"Timeline.1","metadata":{{"Resolve_OTIO":{{"Resolve OTIO Meta Version":"1.0"}}}},"name":"Timeline 1",
"global_start_time":{{"OTIO_SCHEMA":"RationalTime.1","rate":24.0,"value":86400.0}},"tracks":{{"OTIO_SCHEMA":"Stack.1","metadata":{{}},
"name":"","source_range":null,"effects":[],"markers":[],"enabled":true,"children":[{{"OTIO_SCHEMA":"Track.1","metadata":
{{"Resolve_OTIO":{{"Locked":false}}}},"name":"Video 1","source_range":null,"effects":[],"markers":[],"enabled":true,"kind":"Video",
"children":[{}]}}]}}}}"#,
        clips.join(",")
    )
}

#[test]
fn resolve_writes_opentimelineio() {
    let film = TestEdit::two_scenes();
    assert_eq!(said(&compared(&film, &resolve_otio(0))), [""; 0]);
    assert_eq!(
        said(&compared(&film, &resolve_otio(6))),
        [
            "2_0010 ends 6 frames later (78 frames at 0, was 72 at 0)",
            "2_0020 starts 6 frames later (42 frames at 78, was 48 at 72)",
        ]
    );
}

/// Older writers: `Clip.1`, one reference, no metadata, files relative to the timeline and percent-encoded.
#[test]
fn kdenlive_and_premiere_write_opentimelineio() {
    let film = TestEdit::two_scenes();
    let clips: Vec<String> = SHOTS
        .iter()
        .map(|(name, frames, head)| {
            let file = if *head == 0 {
                format!("{name}.mp4")
            } else {
                format!("../.soundlock/objects/ab/{name}%20%EB%93%B1%EB%8C%80.mp4")
            };
            format!(
                r#"{{"OTIO_SCHEMA":"Clip.1","name":"{}","source_range":{{"OTIO_SCHEMA":"TimeRange.1","start_time":{{"OTIO_SCHEMA":
"RationalTime.1","rate":24,"value":{head}}},"duration":{{"OTIO_SCHEMA":"RationalTime.1","rate":24,"value":{frames}}}}},
"media_reference":{{"OTIO_SCHEMA":"ExternalReference.1","target_url":"{file}"}}}}"#,
                if *head == 0 { "film" } else { "clip" }
            )
        })
        .collect();
    let text = format!(
        r#"{{"OTIO_SCHEMA":"Timeline.1","name":"","tracks":{{"OTIO_SCHEMA":"Stack.1","children":[{{"OTIO_SCHEMA":"Track.1",
"kind":"Video","children":[{}]}}]}}}}"#,
        clips.join(",")
    );
    assert_eq!(said(&compared(&film, &text)), [""; 0]);
}

/// Resolve's FCPXML: ratios that are not reduced, clips of parts, `file://` addresses, no timecode in the media.
#[test]
fn resolve_writes_fcpxml() {
    let film = TestEdit::two_scenes();
    let mut assets = String::new();
    let mut spine = String::new();
    let mut offset = 86_400;
    for (index, (name, frames, head)) in SHOTS.iter().enumerate() {
        let asset = format!(
            "<asset id=\"r{}\" name=\"{name}.mp4\" start=\"0/1s\" duration=\"400/24s\" hasVideo=\"1\" format=\"r0\">\
             <media-rep kind=\"original-media\" src=\"file:///Volumes/Film/out/takes/{name}.mp4\"/></asset>\n",
            index + 1
        );
        assets.push_str(&asset);
        let times = format!("offset=\"{offset}/24s\" duration=\"{frames}/24s\" start=\"{head}/24s\"");
        let clip = match index % 2 {
            0 => format!(
                "<asset-clip enabled=\"1\" tcFormat=\"NDF\" name=\"{name}.mp4\" ref=\"r{}\" format=\"r0\" {times}>\
                 <adjust-transform position=\"0 0\"/></asset-clip>\n",
                index + 1
            ),
            _ => format!(
                "<clip enabled=\"1\" tcFormat=\"NDF\" name=\"shot\" format=\"r0\" {times}><video ref=\"r{}\" offset=\"0/1s\" \
                 start=\"0/1s\" duration=\"400/24s\"/></clip>\n",
                index + 1
            ),
        };
        spine.push_str(&clip);
        offset += frames;
    }
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE fcpxml>\n<fcpxml version=\"1.10\"><resources><format id=\"r0\" \
         frameDuration=\"1/24s\" width=\"1920\" height=\"1080\"/>{assets}</resources><library><event name=\"Timeline 1\">\
         <project name=\"Timeline 1\"><sequence duration=\"408/24s\" tcStart=\"3600/1s\" tcFormat=\"NDF\" format=\"r0\">\
         <spine>{spine}</spine></sequence></project></event></library></fcpxml>"
    );
    assert_eq!(said(&compared(&film, &text)), [""; 0]);
}

/// Final Cut: a compound clip, a connected clip over the story, a title, a retimed clip, a transition, an audition.
#[test]
fn final_cut_writes_fcpxml() {
    let film = TestEdit::two_scenes();
    let text = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.13">
  <resources>
    <format id="r1" frameDuration="100/2400s" width="1920" height="1080"/>
    <asset id="m" name="the-tide" start="0s" duration="17s" hasVideo="1" format="r1"><media-rep kind="original-media" src="./the-tide.mp4"/></asset>
    <asset id="a" name="1_0010-2" start="0s" duration="7.5s" hasVideo="1"/>
    <asset id="b" name="1_0020-1" start="0s" duration="6s" hasVideo="1"/>
    <asset id="c" name="1_0030-1" start="0s" duration="7s" hasVideo="1"/>
    <asset id="d" name="2_0010-1" start="3600s" duration="156/24s" hasVideo="1"/>
    <asset id="e" name="2_0020-1" start="0s" duration="132/24s" hasVideo="1"/>
    <asset id="f" name="2_0020-2" start="0s" duration="132/24s" hasVideo="1"/>
    <asset id="s" name="dialogue" start="0s" duration="17s" hasAudio="1"/>
    <media id="k" name="both"><sequence format="r1" duration="6s" tcStart="0s"><spine>
      <asset-clip ref="b" offset="0s" start="8/24s" duration="60/24s"/>
      <asset-clip ref="c" offset="60/24s" start="8/24s" duration="84/24s"/>
    </spine></sequence></media>
  </resources>
  <library><event name="e"><project name="The Tide"><sequence format="r1" duration="17s" tcStart="0s"><spine>
    <asset-clip ref="m" name="the-tide" offset="0s" duration="2s">
      <asset-clip ref="s" lane="-1" offset="0s" duration="17s" srcEnable="audio"/>
      <title name="Basic Title" lane="2" offset="0s" duration="1s"/>
    </asset-clip>
    <asset-clip ref="a" offset="2s" start="8/24s" duration="4s">
      <timeMap><timept time="0s" value="0s"/><timept time="8s" value="4s"/></timeMap>
    </asset-clip>
    <transition name="Cross Dissolve" offset="143/24s" duration="2/24s"/>
    <ref-clip ref="k" offset="6s" duration="6s"/>
    <asset-clip ref="d" offset="12s" start="86408/24s" duration="3s">
      <asset-clip ref="f" lane="1" offset="86480/24s" start="8/24s" duration="2s"/>
    </asset-clip>
    <audition><asset-clip ref="e" offset="15s" start="8/24s" duration="2s"/><asset-clip ref="f" duration="2s"/></audition>
  </spine></sequence></project></event></library>
</fcpxml>"#;
    assert_eq!(
        said(&compared(&film, text)),
        [
            "note: `Basic Title` (line 22) is a title or a generated picture; the film letters its own",
            "note: `1_0010-2` (line 24) plays at 50 %; the film plays takes at their own speed",
            "note: the transition `Cross Dissolve` (line 27) becomes a cut; the film knows no others",
            "note: `both` (line 28) is a sequence of its own; its clips are taken from inside it",
            "note: picture lies on 2 tracks; the topmost is seen",
            "2_0020 shows take 2, was take 1",
        ]
    );
}

/// An EDL as Resolve and Avid write it: eight-sign reels that mean nothing to us, clip names, locators, a dissolve of two
/// lines, a speed change, windows line ends.
#[test]
fn editors_write_edls() {
    let film = TestEdit::two_scenes();
    let text = "TITLE: Timeline 1\nFCM: NON-DROP FRAME\n
001  AX       V     C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME: the-tide.mp4
* LOC: 01:00:01:00 RED     nice
002  AX       V     C        00:00:00:08 00:00:04:08 01:00:02:00 01:00:06:00
* FROM CLIP NAME: 1_0010-2.mp4
003  AX       V     C        00:00:00:08 00:00:02:08 01:00:06:00 01:00:08:00
* FROM CLIP NAME: 1_0020-1.mp4
004  AX       V     C        00:00:02:08 00:00:02:08 01:00:08:00 01:00:08:00
004  AX       V     D    012 00:00:00:00 00:00:04:00 01:00:08:00 01:00:12:00
* FROM CLIP NAME: 1_0020-1.mp4
* TO CLIP NAME: 1_0030-1.mp4
005  AX       V     C        00:00:00:08 00:00:03:08 01:00:12:00 01:00:15:00
* FROM CLIP NAME: 2_0010-1.mp4
M2   AX             012.0                00:00:00:08
006  AX       V     C        00:00:00:08 00:00:02:08 01:00:15:00 01:00:17:00
* FROM CLIP NAME: 2_0020-1.mp4
";
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        assert_eq!(
            said(&compared(&film, &text)),
            [
                "note: a transition of 12 frames (line 12) becomes a cut; the film knows no others",
                "note: `2_0010-1.mp4` (line 15) plays at 50 %; the film plays takes at their own speed",
                "1_0020 ends 6 frames earlier (54 frames at 96, was 60 at 96)",
                "1_0030 starts 6 frames earlier (90 frames at 150, was 84 at 156)",
                "1_0030 shows its take from 4 frames later on",
            ]
        );
    }
}

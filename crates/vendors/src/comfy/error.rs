use super::map::Part;

/// What is wrong with a ComfyUI generator as it was set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComfyError {
    /// The file is no workflow.
    #[error("the workflow {why}")]
    NoWorkflow {
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
    /// The file is a workflow as the editor saves it, which the server does not take.
    #[error("the workflow was saved for ComfyUI's editor, not for its API")]
    EditorFormat,
    /// The map names what the workflow does not have.
    #[error("`{part} = \"{text}\"` {why}")]
    BadMap {
        /// Which part of an order.
        part: Part,
        /// As it was written.
        text: String,
        /// What is wrong, a clause that begins with a verb.
        why: String,
    },
    /// Nobody knows where the words go.
    #[error("where the prompt goes into the workflow cannot be told")]
    NoPrompt,
    /// No server was named.
    #[error("no server is named")]
    NoServer,
}

impl ComfyError {
    /// What to do next, where known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoWorkflow { .. } | Self::EditorFormat => {
                Some("open it in ComfyUI and choose Workflow → Export (API)".to_owned())
            }
            Self::NoPrompt => Some("name the node and its input: `prompt = \"6.text\"`".to_owned()),
            Self::BadMap { .. } => Some(
                "a node is named by its id, \"6.text\", or by its title, \"title:PROMPT.text\"".to_owned(),
            ),
            Self::NoServer => Some("write `url = \"http://127.0.0.1:8188\"`".to_owned()),
        }
    }
}

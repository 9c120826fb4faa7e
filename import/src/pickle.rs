//! Python's pickles as data: what they would build, without running any of it.
//!
//! A call of a function stays a call: an [`Node::Object`] with the function's name and its arguments. So a checkpoint with a
//! configuration or a data set beside its tensors can be read, whatever classes they are of.

use std::collections::HashMap;

/// Place of a value in [`Pickle`].
pub(super) type Id = usize;

/// A value. Others stand in it by their place, so that dropping one is no recursion.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// None, a flag, a fraction or a set: nothing that a checkpoint's tensors depend on.
    Nothing,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    /// A list or a tuple.
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A class or a function, "module.name".
    Global(String),
    /// What a call of `class` would have made, with the items and the state that were set on it afterwards.
    Object {
        class: Id,
        arguments: Id,
        items: Vec<(Id, Id)>,
        state: Option<Id>,
    },
    /// What stands outside of the pickle: the values of a tensor.
    Persistent(Id),
}

/// The values of one pickle.
#[derive(Debug)]
pub(super) struct Pickle {
    nodes: Vec<Node>,
    root: Id,
}

impl Pickle {
    /// Reads the pickle at the start of `bytes`, and how many bytes it takes.
    ///
    /// # Errors
    /// A few words on what is wrong.
    pub fn read(bytes: &[u8]) -> Result<(Self, usize), String> {
        let mut reader =
            Reader { bytes, at: 0, nodes: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
        let root = reader.run()?;
        Ok((Self { nodes: reader.nodes, root }, reader.at))
    }

    /// The value that was pickled.
    pub fn root(&self) -> Id {
        self.root
    }

    pub fn get(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    /// A string, or a number as one.
    pub fn text(&self, id: Id) -> Option<String> {
        match self.get(id) {
            Node::Text(text) => Some(text.clone()),
            Node::Int(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub fn number(&self, id: Id) -> Option<usize> {
        match self.get(id) {
            Node::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The values of a list or a tuple.
    pub fn list(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Node::List(list) => Some(list),
            _ => None,
        }
    }

    /// Keys and values of a dictionary of any kind.
    pub fn items(&self, id: Id) -> Option<&[(Id, Id)]> {
        match self.get(id) {
            Node::Dict(items) => Some(items),
            Node::Object { items, class, .. } if self.is(*class, "OrderedDict") || !items.is_empty() => Some(items),
            _ => None,
        }
    }

    /// The value of a key of a dictionary, or of an object's field.
    pub fn field(&self, id: Id, key: &str) -> Option<Id> {
        let of = |items: &[(Id, Id)]| {
            items
                .iter()
                .rev()
                .find(|(name, _)| matches!(self.get(*name), Node::Text(text) if text == key))
                .map(|(_, value)| *value)
        };
        match self.get(id) {
            Node::Dict(items) => of(items),
            Node::Object { items, state, .. } => of(items).or_else(|| self.items((*state)?).and_then(of)),
            _ => None,
        }
    }

    /// Whether a value is the class or function of this name, in whichever module.
    pub fn is(&self, id: Id, name: &str) -> bool {
        matches!(self.get(id), Node::Global(global) if global.rsplit('.').next() == Some(name))
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or("the pickle is cut off")?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| "the pickle is cut off".to_owned())
    }

    fn size(&mut self, bytes: usize) -> Result<usize, String> {
        let mut whole = [0; 8];
        whole[..bytes].copy_from_slice(self.take(bytes)?);
        usize::try_from(u64::from_le_bytes(whole)).map_err(|error| error.to_string())
    }

    fn line(&mut self) -> Result<String, String> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or("the pickle is cut off")?;
        self.at += end + 1;
        Ok(String::from_utf8_lossy(&rest[..end]).trim_end_matches('\r').to_owned())
    }

    fn push(&mut self, node: Node) {
        self.stack.push(self.nodes.len());
        self.nodes.push(node);
    }

    fn pop(&mut self) -> Result<Id, String> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= bottom {
            return Err("the pickle takes a value that is not there".to_owned());
        }
        self.stack.pop().ok_or_else(|| "the pickle takes a value that is not there".to_owned())
    }

    fn top(&self) -> Result<Id, String> {
        self.stack.last().copied().ok_or_else(|| "the pickle takes a value that is not there".to_owned())
    }

    /// The values since the last mark.
    fn since_mark(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or("the pickle lacks a mark")?;
        Ok(self.stack.split_off(mark))
    }

    fn text(&mut self, count: usize) -> Result<(), String> {
        let text = String::from_utf8_lossy(self.take(count)?).into_owned();
        self.push(Node::Text(text));
        Ok(())
    }

    fn bytes(&mut self, count: usize) -> Result<(), String> {
        let bytes = self.take(count)?.to_vec();
        self.push(Node::Bytes(bytes));
        Ok(())
    }

    fn remember(&mut self, key: u32) -> Result<(), String> {
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, key: u32) -> Result<(), String> {
        let id = *self.memo.get(&key).ok_or("the pickle names a value that was not there")?;
        self.stack.push(id);
        Ok(())
    }

    fn call(&mut self, class: Id, arguments: Id) {
        self.push(Node::Object { class, arguments, items: Vec::new(), state: None });
    }

    fn append(&mut self, values: Vec<Id>) -> Result<(), String> {
        let top = self.top()?;
        if let Node::List(list) = &mut self.nodes[top] {
            list.extend(values);
        }
        Ok(())
    }

    fn set_items(&mut self, values: &[Id]) -> Result<(), String> {
        let top = self.top()?;
        if let Node::Dict(items) | Node::Object { items, .. } = &mut self.nodes[top] {
            items.extend(values.as_chunks().0.iter().map(|&[key, value]| (key, value)));
        }
        Ok(())
    }

    fn pairs(values: &[Id]) -> Node {
        Node::Dict(values.as_chunks().0.iter().map(|&[key, value]| (key, value)).collect())
    }

    fn global(&mut self, module: &str, name: &str) {
        self.push(Node::Global(format!("{module}.{name}")));
    }

    /// Runs until the pickle's end. The names of the operations are those of Python's pickletools.
    fn run(&mut self) -> Result<Id, String> {
        loop {
            let [operation] = self.array()?;
            match operation {
                // PROTO, FRAME.
                0x80 => drop(self.take(1)?),
                0x95 => drop(self.take(8)?),
                b'.' => return self.pop(),
                b'(' => self.marks.push(self.stack.len()),
                b'0' => drop(self.pop()?),
                b'1' => drop(self.since_mark()?),
                b'2' => {
                    let top = self.top()?;
                    self.stack.push(top);
                }
                // NONE, NEWTRUE, NEWFALSE.
                b'N' | 0x88 | 0x89 => self.push(Node::Nothing),
                // INT (which is also a flag), LONG, BININT, BININT1, BININT2, LONG1, LONG4.
                b'I' | b'L' => {
                    let line = self.line()?;
                    let number = line.trim_end_matches('L').parse();
                    self.push(number.map_or(Node::Nothing, Node::Int));
                }
                b'J' => {
                    let number = i32::from_le_bytes(self.array()?);
                    self.push(Node::Int(number.into()));
                }
                b'K' | b'M' => {
                    let number = self.size(if operation == b'K' { 1 } else { 2 })?;
                    self.push(Node::Int(number as i64));
                }
                0x8a | 0x8b => {
                    let count = self.size(if operation == 0x8a { 1 } else { 4 })?;
                    let taken = self.take(count)?;
                    let negative = taken.last().is_some_and(|byte| byte & 0x80 != 0);
                    let mut whole = [if negative { 0xff } else { 0 }; 8];
                    let node = if count > 8 {
                        Node::Nothing
                    } else {
                        whole[..count].copy_from_slice(taken);
                        Node::Int(i64::from_le_bytes(whole))
                    };
                    self.push(node);
                }
                // FLOAT, BINFLOAT.
                b'F' => {
                    self.line()?;
                    self.push(Node::Nothing);
                }
                b'G' => {
                    self.take(8)?;
                    self.push(Node::Nothing);
                }
                // Strings: STRING, UNICODE, SHORT_BINSTRING, BINSTRING, SHORT_BINUNICODE, BINUNICODE, BINUNICODE8.
                b'S' | b'V' => {
                    let line = self.line()?;
                    self.push(Node::Text(line.trim_matches(['\'', '"']).to_owned()));
                }
                b'U' | 0x8c => {
                    let count = self.size(1)?;
                    self.text(count)?;
                }
                b'T' | b'X' => {
                    let count = self.size(4)?;
                    self.text(count)?;
                }
                0x8d => {
                    let count = self.size(8)?;
                    self.text(count)?;
                }
                // Bytes: SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8.
                b'C' => {
                    let count = self.size(1)?;
                    self.bytes(count)?;
                }
                b'B' => {
                    let count = self.size(4)?;
                    self.bytes(count)?;
                }
                0x8e | 0x96 => {
                    let count = self.size(8)?;
                    self.bytes(count)?;
                }
                // Containers.
                b']' | b')' => self.push(Node::List(Vec::new())),
                b'}' => self.push(Node::Dict(Vec::new())),
                0x8f => self.push(Node::Nothing),
                b'l' | b't' => {
                    let values = self.since_mark()?;
                    self.push(Node::List(values));
                }
                0x85..=0x87 => {
                    let mut values = Vec::new();
                    for _ in 0..operation - 0x84 {
                        values.push(self.pop()?);
                    }
                    values.reverse();
                    self.push(Node::List(values));
                }
                b'd' => {
                    let values = self.since_mark()?;
                    self.push(Self::pairs(&values));
                }
                0x91 => {
                    self.since_mark()?;
                    self.push(Node::Nothing);
                }
                b'a' => {
                    let value = self.pop()?;
                    self.append(vec![value])?;
                }
                b'e' => {
                    let values = self.since_mark()?;
                    self.append(values)?;
                }
                b's' => {
                    let (value, key) = (self.pop()?, self.pop()?);
                    self.set_items(&[key, value])?;
                }
                b'u' => {
                    let values = self.since_mark()?;
                    self.set_items(&values)?;
                }
                // ADDITEMS, to a set.
                0x90 => drop(self.since_mark()?),
                // Classes, functions and their calls.
                b'c' => {
                    let (module, name) = (self.line()?, self.line()?);
                    self.global(&module, &name);
                }
                0x93 => {
                    let (name, module) = (self.pop()?, self.pop()?);
                    let text = |id: Id| match &self.nodes[id] {
                        Node::Text(text) => text.clone(),
                        _ => String::new(),
                    };
                    let (module, name) = (text(module), text(name));
                    self.global(&module, &name);
                }
                b'R' | 0x81 => {
                    let (arguments, class) = (self.pop()?, self.pop()?);
                    self.call(class, arguments);
                }
                0x92 => {
                    let (_, arguments, class) = (self.pop()?, self.pop()?, self.pop()?);
                    self.call(class, arguments);
                }
                b'i' => {
                    let (module, name) = (self.line()?, self.line()?);
                    let values = self.since_mark()?;
                    let class = self.nodes.len();
                    self.nodes.push(Node::Global(format!("{module}.{name}")));
                    let arguments = self.nodes.len();
                    self.nodes.push(Node::List(values));
                    self.call(class, arguments);
                }
                b'o' => {
                    let mut values = self.since_mark()?;
                    if values.is_empty() {
                        return Err("the pickle calls nothing".to_owned());
                    }
                    let class = values.remove(0);
                    let arguments = self.nodes.len();
                    self.nodes.push(Node::List(values));
                    self.call(class, arguments);
                }
                b'b' => {
                    let state = self.pop()?;
                    let top = self.top()?;
                    if let Node::Object { state: of_object, .. } = &mut self.nodes[top] {
                        *of_object = Some(state);
                    }
                }
                b'P' => {
                    let line = self.line()?;
                    let id = self.nodes.len();
                    self.nodes.push(Node::Text(line));
                    self.push(Node::Persistent(id));
                }
                b'Q' => {
                    let id = self.pop()?;
                    self.push(Node::Persistent(id));
                }
                // The memo: PUT, BINPUT, LONG_BINPUT, MEMOIZE, GET, BINGET, LONG_BINGET.
                b'p' | b'g' => {
                    let key = self.line()?.parse().map_err(|_| "the pickle names no value")?;
                    if operation == b'p' { self.remember(key)? } else { self.recall(key)? }
                }
                b'q' | b'h' => {
                    let [key] = self.array()?;
                    if operation == b'q' { self.remember(key.into())? } else { self.recall(key.into())? }
                }
                b'r' | b'j' => {
                    let key = u32::from_le_bytes(self.array()?);
                    if operation == b'r' { self.remember(key)? } else { self.recall(key)? }
                }
                0x94 => self.remember(self.memo.len() as u32)?,
                // Extensions and buffers outside of the pickle, which no checkpoint has.
                other => return Err(format!("the pickle has the operation {other:#04x}, which no checkpoint has")),
            }
        }
    }
}

//! The tree: nodes with weights, indicators at the leaves, and the method that joins them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::method::{Aggregation, Imputation, Method, Normalisation, Treatment};
use crate::{Error, Result};

/// A node as written down: an aggregate, or an indicator when `indicator` is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Known by this in errors and tables; no two nodes share one.
    pub code: String,
    /// `None` for the root only.
    pub parent: Option<String>,
    /// Rescaled among siblings; 1 everywhere gives equal weights.
    pub weight: f64,
    /// Differs from the method's for this node.
    #[serde(default)]
    pub aggregation: Option<Aggregation>,
    /// `None` for an aggregate.
    #[serde(default)]
    pub indicator: Option<Indicator>,
}

/// What an indicator adds to a node. Every `None` follows the method.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Indicator {
    /// Whether more is better.
    pub direction: Direction,
    /// Code of the table's column to divide by.
    pub denominator: Option<String>,
    /// Differs from the method's for this indicator.
    pub imputation: Option<Imputation>,
    /// Differs from the method's for this indicator.
    pub treatment: Option<Treatment>,
    /// Differs from the method's for this indicator.
    pub normalisation: Option<Normalisation>,
}

/// Whether more of an indicator is better.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The greatest value is the best.
    #[default]
    HigherIsBetter,
    /// The least value is the best.
    LowerIsBetter,
}

impl Direction {
    /// +1 or −1.
    pub fn sign(self) -> f64 {
        match self {
            Self::HigherIsBetter => 1.0,
            Self::LowerIsBetter => -1.0,
        }
    }
}

impl Node {
    /// An aggregate of weight 1.
    pub fn aggregate(code: &str, parent: Option<&str>) -> Self {
        Self {
            code: code.into(),
            parent: parent.map(Into::into),
            weight: 1.0,
            aggregation: None,
            indicator: None,
        }
    }

    /// An indicator of weight 1.
    pub fn indicator(code: &str, parent: &str, direction: Direction) -> Self {
        Self {
            indicator: Some(Indicator { direction, ..Indicator::default() }),
            ..Self::aggregate(code, Some(parent))
        }
    }
}

/// A checked framework. Nodes keep the order in which they were given and are addressed by their
/// place in it; indicators are columns 0.. in the same order.
#[derive(Debug, Clone)]
pub struct Framework {
    nodes: Vec<Node>,
    method: Method,
    places: HashMap<String, usize>,
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    levels: Vec<u32>,
    indicators: Vec<usize>,
    columns: Vec<Option<usize>>,
    aggregates: Vec<usize>,
    root: usize,
}

impl Framework {
    /// Checks the tree and the settings.
    ///
    /// # Errors
    /// Duplicate code, unknown parent, not exactly one root, a cycle, a leaf that is no indicator
    /// (or an indicator with children), a weight that is negative or not finite, a node whose
    /// children all weigh 0, a setting out of range.
    pub fn new(nodes: Vec<Node>, method: Method) -> Result<Self> {
        method.check()?;
        let mut places = HashMap::with_capacity(nodes.len());
        for (place, node) in nodes.iter().enumerate() {
            if places.insert(node.code.clone(), place).is_some() {
                return Err(Error::DuplicateCode { code: node.code.clone() });
            }
            check(node)?;
        }
        let mut parents = Vec::with_capacity(nodes.len());
        let mut children = vec![Vec::new(); nodes.len()];
        for (place, node) in nodes.iter().enumerate() {
            let parent =
                match &node.parent {
                    None => None,
                    Some(code) => Some(*places.get(code).ok_or_else(|| Error::UnknownParent {
                        code: node.code.clone(),
                        parent: code.clone(),
                    })?),
                };
            if let Some(parent) = parent {
                children[parent].push(place);
            }
            parents.push(parent);
        }
        let roots: Vec<usize> = (0..nodes.len()).filter(|&n| parents[n].is_none()).collect();
        let &[root] = roots.as_slice() else {
            return Err(Error::Roots { found: roots.len() });
        };
        for (place, node) in nodes.iter().enumerate() {
            if children[place].is_empty() != node.indicator.is_some() {
                return Err(Error::Leaf { code: node.code.clone() });
            }
            let weighs = |&child: &usize| nodes[child].weight > 0.0;
            if !children[place].is_empty() && !children[place].iter().any(weighs) {
                return Err(Error::Weightless { code: node.code.clone() });
            }
        }

        let mut top_down = vec![root];
        let mut next = 0;
        while let Some(&node) = top_down.get(next) {
            top_down.extend(&children[node]);
            next += 1;
        }
        if top_down.len() < nodes.len() {
            let mut reached = vec![false; nodes.len()];
            top_down.iter().for_each(|&node| reached[node] = true);
            let lost = reached.iter().position(|&r| !r).unwrap_or(root);
            return Err(Error::Cycle { code: nodes[lost].code.clone() });
        }
        let mut levels = vec![1; nodes.len()];
        for &node in top_down.iter().rev() {
            if let Some(parent) = parents[node] {
                levels[parent] = levels[parent].max(levels[node] + 1);
            }
        }
        let indicators: Vec<usize> = (0..nodes.len()).filter(|&n| nodes[n].indicator.is_some()).collect();
        let mut columns = vec![None; nodes.len()];
        for (column, &node) in indicators.iter().enumerate() {
            columns[node] = Some(column);
        }
        let aggregates = top_down.into_iter().rev().filter(|&n| nodes[n].indicator.is_none()).collect();
        Ok(Self { nodes, method, places, parents, children, levels, indicators, columns, aggregates, root })
    }

    /// The same tree under another method or with other weights: checked again.
    ///
    /// # Errors
    /// As [`Framework::new`].
    pub fn with(&self, change: impl FnOnce(&mut Vec<Node>, &mut Method)) -> Result<Self> {
        let (mut nodes, mut method) = (self.nodes.clone(), self.method.clone());
        change(&mut nodes, &mut method);
        Self::new(nodes, method)
    }

    /// All nodes, in the order given.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The settings.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The place of a node.
    ///
    /// # Errors
    /// [`Error::UnknownCode`].
    pub fn node(&self, code: &str) -> Result<usize> {
        self.places.get(code).copied().ok_or_else(|| Error::UnknownCode { code: code.into() })
    }

    /// The code of the node at a place.
    pub fn code(&self, node: usize) -> &str {
        &self.nodes[node].code
    }

    /// The node that is the index itself.
    pub fn root(&self) -> usize {
        self.root
    }

    /// The parent's place, `None` for the root.
    pub fn parent(&self, node: usize) -> Option<usize> {
        self.parents[node]
    }

    /// Places of a node's children, in the order given; empty for an indicator.
    pub fn children(&self, node: usize) -> &[usize] {
        &self.children[node]
    }

    /// COINr's level: 1 for indicators, a parent one above its highest child.
    pub fn level(&self, node: usize) -> u32 {
        self.levels[node]
    }

    /// Places of the indicators; position in this slice is the column of every stage.
    pub fn indicators(&self) -> &[usize] {
        &self.indicators
    }

    /// The column of an indicator, `None` for an aggregate.
    pub fn column(&self, node: usize) -> Option<usize> {
        self.columns[node]
    }

    /// Places of the aggregates, children before parents.
    pub fn aggregates(&self) -> &[usize] {
        &self.aggregates
    }

    /// The node and its ancestors, root last.
    pub fn ancestry(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(node), |&n| self.parents[n])
    }

    /// Direction and overrides of the indicator in a column.
    pub fn indicator(&self, column: usize) -> &Indicator {
        match &self.nodes[self.indicators[column]].indicator {
            Some(indicator) => indicator,
            None => unreachable!("columns are made of indicators"),
        }
    }

    /// The mean a node is made with.
    pub fn aggregation(&self, node: usize) -> Aggregation {
        self.nodes[node].aggregation.unwrap_or(self.method.aggregation)
    }

    /// The normalisation of a column.
    pub fn normalisation(&self, column: usize) -> Normalisation {
        self.indicator(column).normalisation.unwrap_or(self.method.normalisation)
    }

    /// The treatment of a column.
    pub fn treatment(&self, column: usize) -> Treatment {
        self.indicator(column).treatment.unwrap_or(self.method.treatment)
    }

    /// The imputation of a column.
    pub fn imputation(&self, column: usize) -> Imputation {
        self.indicator(column).imputation.unwrap_or(self.method.imputation)
    }
}

fn check(node: &Node) -> Result<()> {
    if !(node.weight.is_finite() && node.weight >= 0.0) {
        return Err(Error::Weight { code: node.code.clone(), weight: node.weight });
    }
    let Some(indicator) = &node.indicator else {
        return Ok(());
    };
    if let Some(treatment) = &indicator.treatment {
        treatment.check(Some(&node.code))?;
    }
    indicator.normalisation.map_or(Ok(()), |n| n.check(Some(&node.code)))
}

//! Closed lists of values, stored as snake_case text and shown by GraphQL in SCREAMING_CASE.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

macro_rules! shared_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident,)+ }) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            EnumIter, DeriveActiveEnum, Enum, Serialize, Deserialize,
        )]
        #[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant,)+ }
    };
}

shared_enum! {
    /// What a person or program may do; see the README's table "Who sees what".
    Role {
        /// Sở KH&CN: runs the plan, assigns the tasks, decides on reports and evidence.
        Coordinator,
        /// The provincial People's Committee: reads everything that was submitted.
        Leader,
        /// Works for one department, commune or ward and sees only its assignments.
        Officer,
        /// A program that pulls the framework and the published results.
        Integration,
        /// Keeps users and organizations.
        Admin,
    }
}

shared_enum! {
    /// What the tokens of a service account may be used for. In OAuth's `scope` its name is `framework:read` and so on.
    Scope {
        /// `framework:read`: read published frameworks, their nodes, indicators and denominators, and the units.
        FrameworkRead,
        /// `results:read`: read published editions, their figures and what is computed and drawn of them, and all that
        /// `framework:read` opens, for results name nodes and units.
        ResultsRead,
        /// `results:import`: read drafts of editions, and upload, preview and commit files of figures for them. The
        /// coordinator publishes.
        ResultsImport,
    }
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::FrameworkRead, Self::ResultsRead, Self::ResultsImport];

    /// The scope's name in OAuth.
    pub fn name(self) -> &'static str {
        match self {
            Self::FrameworkRead => "framework:read",
            Self::ResultsRead => "results:read",
            Self::ResultsImport => "results:import",
        }
    }
}

shared_enum! {
    /// Whether a framework version or an edition is still being worked on.
    Publication {
        /// Being edited; seen by the coordinator and the leader only.
        Draft,
        /// Fixed and seen by everyone.
        Published,
    }
}

shared_enum! {
    /// The level of a node in the framework's tree, from the root down.
    NodeLevel {
        /// The composite index itself, the root of the tree.
        Index,
        /// Innovation inputs or innovation outputs.
        SubIndex,
        /// One of the seven pillars (trụ cột).
        Pillar,
        /// A group of indicators within a pillar.
        Group,
        /// A measured indicator (chỉ số thành phần), a leaf of the tree.
        Indicator,
    }
}

shared_enum! {
    /// Where the name and code of a node were read.
    Provenance {
        /// Code and name stand in the provincial plan.
        Plan,
        /// The name was read in a published profile of 2025.
        Profile,
        /// The name was read in a provincial paper, the code placed by numbering.
        ProvincialPaper,
        /// Neither was read in a source.
        Unconfirmed,
        /// Entered by an officer of the coordinator.
        Entered,
    }
}

shared_enum! {
    /// Whether a greater raw value is better.
    Direction {
        /// A greater value scores more.
        HigherIsBetter,
        /// A smaller value scores more.
        LowerIsBetter,
    }
}

shared_enum! {
    /// How raw values are brought to one scale (COINr: `Normalise`).
    Normalisation {
        /// (x − min) / (max − min) · 100 over the units' observed range.
        MinMax,
        /// Like min-max, between fixed goalposts.
        Goalposts,
        /// Distance to the mean in standard deviations.
        ZScore,
        /// Share of units with a smaller value.
        PercentileRank,
        /// The rank itself.
        Rank,
        /// Share of the way to a target that is done.
        DistanceToTarget,
    }
}

shared_enum! {
    /// How missing raw values are filled (COINr: `Impute`).
    Imputation {
        /// Missing stays missing.
        None,
        /// Mean of the present values in the unit's region.
        GroupMean,
        /// Median of the present values in the unit's region.
        GroupMedian,
    }
}

shared_enum! {
    /// How outliers are treated before normalisation (COINr: `Treat`).
    Treatment {
        /// Values stay as they are.
        None,
        /// Winsorise; where that does not suffice, take logarithms.
        WinsoriseThenLog,
    }
}

shared_enum! {
    /// How the children of a node make its score (COINr: `Aggregate`).
    Aggregation {
        /// Weighted arithmetic mean.
        Arithmetic,
        /// Weighted geometric mean.
        Geometric,
        /// Weighted harmonic mean.
        Harmonic,
    }
}

shared_enum! {
    /// Which rank units with equal scores get.
    TieRule {
        /// The best of the shared ranks: 1, 2, 2, 4.
        Min,
        /// The worst of the shared ranks: 1, 3, 3, 4.
        Max,
        /// Their mean: 1, 2.5, 2.5, 4.
        Average,
        /// No gaps: 1, 2, 2, 3.
        Dense,
    }
}

shared_enum! {
    /// What sort of place a unit is.
    UnitKind {
        /// A province (tỉnh).
        Province,
        /// A city under the central government (thành phố trực thuộc trung ương).
        City,
    }
}

shared_enum! {
    /// The six socio-economic regions of Resolution 306/NQ-CP of 5/10/2025.
    Region {
        /// Trung du và miền núi phía Bắc.
        NorthernMidlandsAndMountains,
        /// Đồng bằng sông Hồng.
        RedRiverDelta,
        /// Bắc Trung Bộ.
        NorthCentral,
        /// Duyên hải Nam Trung Bộ và Tây Nguyên.
        SouthCentralCoastAndCentralHighlands,
        /// Đông Nam Bộ.
        Southeast,
        /// Đồng bằng sông Cửu Long.
        MekongDelta,
    }
}

shared_enum! {
    /// Which of a unit's figures at a node is meant.
    Figure {
        /// The raw value.
        Value,
        /// The score.
        Score,
        /// The rank.
        Rank,
    }
}

shared_enum! {
    /// How far an import of figures is.
    ImportStatus {
        /// Announced, its file not yet uploaded.
        Pending,
        /// The file is there and may be previewed and committed.
        Ready,
        /// Its figures stand in the draft.
        Committed,
    }
}

shared_enum! {
    /// What a long computation is.
    JobKind {
        /// The uncertainty of ranks by many draws.
        MonteCarlo,
    }
}

shared_enum! {
    /// How far a long computation is.
    JobStatus {
        /// Waits for its turn.
        Queued,
        /// Is being computed.
        Running,
        /// Done; its result is there.
        Succeeded,
        /// Could not be computed; its problem says why.
        Failed,
        /// Given up by its author.
        Cancelled,
    }
}

shared_enum! {
    /// What sort of body an organization is.
    OrganizationKind {
        /// A department or body of the province (sở, ban, ngành).
        Department,
        /// A commune (xã).
        Commune,
        /// A ward (phường).
        Ward,
        /// A body of the central government.
        CentralAgency,
        /// Newspaper, radio, television.
        Press,
        /// A People's Committee.
        Committee,
    }
}

shared_enum! {
    /// Which side of the province's standing a focus of the plan is.
    FocusKind {
        /// To be kept and raised.
        Strength,
        /// To be overcome.
        Weakness,
    }
}

shared_enum! {
    /// What a task asks for.
    TaskKind {
        /// A solution that raises an indicator.
        Solution,
        /// Gathering and supplying an indicator's data.
        DataSupply,
        /// Telling the public.
        Communication,
        /// Training officers.
        Training,
    }
}

shared_enum! {
    /// How often a task comes back.
    Recurrence {
        /// Done once.
        Once,
        /// Before 25/6 and 25/12.
        HalfYearly,
        /// Once a year.
        Yearly,
    }
}

shared_enum! {
    /// How far a task is.
    TaskStatus {
        /// Assigned or to be assigned; nothing was accepted yet.
        Planned,
        /// Work has begun.
        InProgress,
        /// Done.
        Completed,
        /// Given up, with a reason.
        Cancelled,
    }
}

shared_enum! {
    /// How urgent a task is.
    Priority {
        /// Can wait.
        Low,
        /// The usual.
        Normal,
        /// Comes first.
        High,
    }
}

shared_enum! {
    /// What an organization does on a task.
    AssignmentRole {
        /// Answers for the task (chủ trì); exactly one per task.
        Lead,
        /// Works with the lead (phối hợp).
        Coordinating,
    }
}

shared_enum! {
    /// How far a progress report or a supplied figure is.
    ReportStatus {
        /// Being written; seen by its organization and the coordinator.
        Draft,
        /// Handed in, waiting for a decision.
        Submitted,
        /// Sent back with a reason, to be mended and submitted again.
        Returned,
        /// Accepted; it no longer changes.
        Accepted,
    }
}

shared_enum! {
    /// What sort of document a piece of evidence (tài liệu minh chứng) is.
    EvidenceKind {
        /// Quyết định.
        Decision,
        /// Công văn.
        OfficialLetter,
        /// Kế hoạch.
        Plan,
        /// Báo cáo.
        Report,
        /// Số liệu thống kê.
        Statistics,
        /// Giấy chứng nhận, văn bằng.
        Certificate,
        /// Hình ảnh.
        Photo,
        /// Anything else.
        Other,
    }
}

shared_enum! {
    /// How far a piece of evidence is.
    EvidenceStatus {
        /// Described, its file not yet uploaded.
        Pending,
        /// The file is there, waiting for a decision.
        Ready,
        /// Accepted; it no longer changes.
        Accepted,
        /// Rejected with a reason; a better file may be uploaded.
        Rejected,
    }
}

shared_enum! {
    /// What an entry of the audit trail tells of.
    AuditAction {
        /// A row was written, or many at once.
        Create,
        /// A row was changed.
        Update,
        /// A row was removed, or many at once.
        Delete,
        /// Somebody signed in.
        SignIn,
        /// Somebody tried to sign in and was refused.
        SignInRefused,
        /// Sessions of a user were ended from elsewhere: one, or all of them.
        SessionsEnded,
        /// The file of a piece of evidence was sent.
        Download,
    }
}

shared_enum! {
    /// Why there is a reporting period.
    PeriodKind {
        /// By rule: the reports before 25/6 and 25/12.
        HalfYear,
        /// Asked for, with a reason.
        AdHoc,
    }
}

shared_enum! {
    /// How far a reporting period is.
    PeriodStatus {
        /// Reports are written and handed in.
        Open,
        /// The time is over; only organizations with an exception still hand in. Decisions are taken.
        Locked,
        /// Reported; nothing changes any more.
        Closed,
    }
}

shared_enum! {
    /// What was decided on a submitted report.
    ReportDecision {
        /// Sent back with a reason.
        Returned,
        /// Accepted.
        Accepted,
    }
}

shared_enum! {
    /// How far an organization's answer to a request for evidence is.
    ResponseStatus {
        /// Not answered yet.
        Open,
        /// Answered, waiting for a decision.
        Answered,
        /// Sent back with a reason, to be answered again.
        Returned,
        /// Accepted; it no longer changes.
        Accepted,
    }
}

shared_enum! {
    /// How far a difficulty is.
    ObstacleStatus {
        /// Raised, waiting for the coordinator.
        Raised,
        /// Sent back with a reason, to be described better.
        Returned,
        /// Passed on to the provincial People's Committee.
        Forwarded,
        /// Answered.
        Resolved,
        /// Taken back by who raised it.
        Withdrawn,
    }
}

shared_enum! {
    /// How far an exemplary model is.
    ModelStatus {
        /// Proposed, waiting for a decision.
        Proposed,
        /// Commended by a decision; others are to take it up.
        Commended,
        /// Not commended, with a reason.
        Declined,
    }
}

shared_enum! {
    /// What an outreach activity was for.
    OutreachKind {
        /// Telling the public or an agency of the index, its results and the plan.
        Communication,
        /// Training people in its content, calculation and data.
        Training,
    }
}

shared_enum! {
    /// What sort of news a notification tells.
    NotificationKind {
        /// A report waits for a decision.
        ReportSubmitted,
        /// A report was sent back.
        ReportReturned,
        /// A report was accepted.
        ReportAccepted,
        /// A supplied figure waits for a decision.
        DataSubmitted,
        /// A supplied figure was sent back.
        DataReturned,
        /// A supplied figure was accepted.
        DataAccepted,
        /// Evidence is asked for.
        RequestReceived,
        /// An answer to a request for evidence waits for a decision.
        ResponseSubmitted,
        /// An answer to a request for evidence was sent back.
        ResponseReturned,
        /// An answer to a request for evidence was accepted.
        ResponseAccepted,
        /// A difficulty was raised.
        ObstacleRaised,
        /// A difficulty was sent back.
        ObstacleReturned,
        /// A difficulty waits for the leader.
        ObstacleForwarded,
        /// A difficulty was resolved.
        ObstacleResolved,
        /// An exemplary model was proposed.
        ModelProposed,
        /// An exemplary model was commended.
        ModelCommended,
        /// An exemplary model was not commended.
        ModelDeclined,
        /// A reporting period was opened.
        PeriodOpened,
        /// A reporting period was locked.
        PeriodLocked,
        /// An organization may hand in after the lock.
        ExceptionGranted,
        /// That leave was taken back.
        ExceptionRevoked,
        /// A task was assigned.
        TaskAssigned,
        /// Reports are due soon, or late.
        PeriodDue,
        /// Tasks are due soon, or late.
        TaskDue,
        /// Answers to a request are due soon, or late.
        RequestDue,
        /// An organization is late.
        Escalation,
    }
}

shared_enum! {
    /// A language of the product.
    Language {
        /// Vietnamese.
        Vi,
        /// English.
        En,
    }
}

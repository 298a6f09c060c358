//! What is compared of a visit that the bureau or a hospital delivered.

/// One settlement of the bureau or one bill of a hospital, refunds taken off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bill {
    /// Key of the settlement.
    pub key: i64,
    /// Its number in the export.
    pub number: Option<String>,
    /// Day it was settled.
    pub day: Option<i32>,
    /// First and last day settled.
    pub begin: Option<i32>,
    /// See `begin`.
    pub end: Option<i32>,
    /// Billed, fen.
    pub gross_fen: i64,
    /// Paid by the pooled fund, fen.
    pub pooled_fen: Option<i64>,
}

/// One visit of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visit {
    /// Key of the visit.
    pub key: i64,
    /// Key of the person by the export's own number.
    pub person: Option<i64>,
    /// Identity number, where it is not masked.
    pub certno: Option<String>,
    /// Day of birth.
    pub birth_day: Option<i32>,
    /// Sex.
    pub gend: Option<String>,
    /// Key of the bureau's institution.
    pub institution: i64,
    /// A stay.
    pub inpatient: bool,
    /// Settled with the fund.
    pub insured: bool,
    /// Of a patient insured in another pooling area.
    pub elsewhere: bool,
    /// Day of admission or of the contact.
    pub begin_day: Option<i32>,
    /// Day of discharge.
    pub end_day: Option<i32>,
    /// Minute of admission or of the contact.
    pub begin_min: Option<i64>,
    /// Billed, fen.
    pub gross_fen: i64,
    /// Paid by the fund, fen.
    pub fund_fen: i64,
    /// Key of the practitioner.
    pub practitioner: Option<i64>,
    /// Key of the department.
    pub department: Option<i64>,
    /// Live settlements or bills.
    pub bills: Vec<Bill>,
    /// Numbers of the visit by its own side: of the visit, of its settlements or bills.
    pub numbers: Vec<String>,
    /// Numbers of this visit's settlements that the other side gave, and invoice numbers, which both sides know.
    pub bill_links: Vec<String>,
    /// Numbers of the visit that belong to the other side, or that both sides know.
    pub visit_links: Vec<String>,
    /// Number of the visit, as in `visit.mdtrt_id`.
    pub mdtrt_id: Option<String>,
    /// Admission or outpatient number.
    pub otp_no: Option<String>,
    /// Number of the master row's file.
    pub file_id: i32,
    /// Its line.
    pub source_line: i64,
}

impl Visit {
    /// Day of the last settlement, else the last day of the visit: the day by which exports are cut.
    pub fn settled_day(&self) -> Option<i32> {
        self.bills.iter().filter_map(|bill| bill.day).max().or(self.end_day).or(self.begin_day)
    }

    /// Paid by the pooled fund, fen; `None` where the export does not say it.
    pub fn pooled_fen(&self) -> Option<i64> {
        let mut paid = self.bills.iter().filter_map(|bill| bill.pooled_fen).peekable();
        paid.peek().is_some().then(|| paid.sum())
    }
}

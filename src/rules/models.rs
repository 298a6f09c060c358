//! The nine models: what each is called, where its rules live and which provision it rests on.

use crate::lang::Label;

/// The regulation that all nine models rest on.
pub const REGULATION_ZH: &str = "医疗保障基金使用监督管理条例";
/// Its English name.
pub const REGULATION_EN: &str = "Regulation on the Supervision of the Use of Medical Insurance Funds";

/// One of the nine models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// 1–9.
    pub number: u8,
    /// Folder of its rules under `queries/`.
    pub folder: &'static str,
    /// Short title.
    pub title: Label,
    /// Article of the regulation.
    pub article: u16,
    /// Item within the article.
    pub item: u16,
    /// The provision in short.
    pub provision: Label,
}

/// All models, in order.
pub const MODELS: [Model; 9] = [
    Model {
        number: 1,
        folder: "01-stay-splitting",
        title: Label::new("分解住院、挂床住院", "Stay splitting and hang-bed stays"),
        article: 38,
        item: 1,
        provision: Label::new("分解住院、挂床住院", "splitting stays, admissions in name only"),
    },
    Model {
        number: 2,
        folder: "02-over-treatment",
        title: Label::new("过度诊疗", "Over-treatment"),
        article: 38,
        item: 2,
        provision: Label::new(
            "违反诊疗规范过度诊疗、过度检查、分解处方、超量开药、重复开药或者提供其他不必要的医药服务",
            "excessive treatment or examination, split, oversized or repeated prescriptions, other unnecessary services",
        ),
    },
    Model {
        number: 3,
        folder: "03-duplicate-billing",
        title: Label::new("重复收费、超标准收费、分解项目收费", "Duplicate, excessive and unbundled billing"),
        article: 38,
        item: 3,
        provision: Label::new("重复收费、超标准收费、分解项目收费", "billing twice, above the standard, or in parts"),
    },
    Model {
        number: 4,
        folder: "04-item-swapping",
        title: Label::new("串换项目", "Item swapping"),
        article: 38,
        item: 4,
        provision: Label::new(
            "串换药品、医用耗材、诊疗项目和服务设施",
            "billing drugs, consumables, services or facilities as others",
        ),
    },
    Model {
        number: 5,
        folder: "05-drug-resale",
        title: Label::new("倒卖药品", "Drug resale"),
        article: 38,
        item: 5,
        provision: Label::new(
            "为参保人员利用其享受医疗保障待遇的机会转卖药品，接受返还现金、实物或者获得其他非法利益提供便利",
            "helping insured persons resell drugs or gain cash, goods or other unlawful benefit from their cover",
        ),
    },
    Model {
        number: 6,
        folder: "06-uncovered-items",
        title: Label::new("将不属于基金支付范围的费用纳入结算", "Uncovered items settled with the fund"),
        article: 38,
        item: 6,
        provision: Label::new(
            "将不属于医疗保障基金支付范围的医药费用纳入医疗保障基金结算",
            "settling costs with the fund that are outside its scope",
        ),
    },
    Model {
        number: 7,
        folder: "07-impersonation",
        title: Label::new("冒名、虚假就医购药", "Impersonation and sham visits"),
        article: 40,
        item: 1,
        provision: Label::new(
            "诱导、协助他人冒名或者虚假就医、购药，提供虚假证明材料，或者串通他人虚开费用单据",
            "inducing or helping others to be treated or buy drugs under another name or in sham, with false papers or invoices",
        ),
    },
    Model {
        number: 8,
        folder: "08-forged-records",
        title: Label::new("伪造、变造资料", "Forged records"),
        article: 40,
        item: 2,
        provision: Label::new(
            "伪造、变造、隐匿、涂改、销毁医学文书、医学证明、会计凭证、电子信息等有关资料",
            "forging, altering, hiding or destroying medical, accounting or electronic records",
        ),
    },
    Model {
        number: 9,
        folder: "09-phantom-services",
        title: Label::new("虚构医药服务项目", "Phantom services"),
        article: 40,
        item: 3,
        provision: Label::new("虚构医药服务项目", "inventing services"),
    },
];

/// The model with this number.
pub fn model(number: u8) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.number == number)
}

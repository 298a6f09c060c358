//! The nine models: what each is called, where its rules live and which provision it rests on.

use crate::lang::Lang;

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
    /// Short title, Chinese.
    pub zh: &'static str,
    /// Short title, English.
    pub en: &'static str,
    /// Article of the regulation.
    pub article: u16,
    /// Item within the article.
    pub item: u16,
    /// The provision in short, Chinese.
    pub provision_zh: &'static str,
    /// The provision in short, English.
    pub provision_en: &'static str,
}

impl Model {
    /// Title in `lang`.
    pub fn title(&self, lang: Lang) -> &'static str {
        lang.pick(self.zh, self.en)
    }
}

/// All models, in order.
pub const MODELS: [Model; 9] = [
    Model {
        number: 1,
        folder: "01-stay-splitting",
        zh: "分解住院、挂床住院",
        en: "Stay splitting and hang-bed stays",
        article: 38,
        item: 1,
        provision_zh: "分解住院、挂床住院",
        provision_en: "splitting stays, admissions in name only",
    },
    Model {
        number: 2,
        folder: "02-over-treatment",
        zh: "过度诊疗",
        en: "Over-treatment",
        article: 38,
        item: 2,
        provision_zh: "违反诊疗规范过度诊疗、过度检查、分解处方、超量开药、重复开药或者提供其他不必要的医药服务",
        provision_en: "excessive treatment or examination, split, oversized or repeated prescriptions, other unnecessary services",
    },
    Model {
        number: 3,
        folder: "03-duplicate-billing",
        zh: "重复收费、超标准收费、分解项目收费",
        en: "Duplicate, excessive and unbundled billing",
        article: 38,
        item: 3,
        provision_zh: "重复收费、超标准收费、分解项目收费",
        provision_en: "billing twice, above the standard, or in parts",
    },
    Model {
        number: 4,
        folder: "04-item-swapping",
        zh: "串换项目",
        en: "Item swapping",
        article: 38,
        item: 4,
        provision_zh: "串换药品、医用耗材、诊疗项目和服务设施",
        provision_en: "billing drugs, consumables, services or facilities as others",
    },
    Model {
        number: 5,
        folder: "05-drug-resale",
        zh: "倒卖药品",
        en: "Drug resale",
        article: 38,
        item: 5,
        provision_zh: "为参保人员利用其享受医疗保障待遇的机会转卖药品，接受返还现金、实物或者获得其他非法利益提供便利",
        provision_en: "helping insured persons resell drugs or gain cash, goods or other unlawful benefit from their cover",
    },
    Model {
        number: 6,
        folder: "06-uncovered-items",
        zh: "将不属于基金支付范围的费用纳入结算",
        en: "Uncovered items settled with the fund",
        article: 38,
        item: 6,
        provision_zh: "将不属于医疗保障基金支付范围的医药费用纳入医疗保障基金结算",
        provision_en: "settling costs with the fund that are outside its scope",
    },
    Model {
        number: 7,
        folder: "07-impersonation",
        zh: "冒名、虚假就医购药",
        en: "Impersonation and sham visits",
        article: 40,
        item: 1,
        provision_zh: "诱导、协助他人冒名或者虚假就医、购药，提供虚假证明材料，或者串通他人虚开费用单据",
        provision_en: "inducing or helping others to be treated or buy drugs under another name or in sham, with false papers or invoices",
    },
    Model {
        number: 8,
        folder: "08-forged-records",
        zh: "伪造、变造资料",
        en: "Forged records",
        article: 40,
        item: 2,
        provision_zh: "伪造、变造、隐匿、涂改、销毁医学文书、医学证明、会计凭证、电子信息等有关资料",
        provision_en: "forging, altering, hiding or destroying medical, accounting or electronic records",
    },
    Model {
        number: 9,
        folder: "09-phantom-services",
        zh: "虚构医药服务项目",
        en: "Phantom services",
        article: 40,
        item: 3,
        provision_zh: "虚构医药服务项目",
        provision_en: "inventing services",
    },
];

/// The model with this number.
pub fn model(number: u8) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.number == number)
}

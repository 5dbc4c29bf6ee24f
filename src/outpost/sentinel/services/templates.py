"""The built-in categories: what a district begins with, to be edited there. Departments by code."""

from collections.abc import Mapping
from dataclasses import dataclass

from outpost.sentinel.fields import FieldKind, FieldSpec


@dataclass(frozen=True, slots=True)
class Template:
    """A category with its department, default rule and extra fields."""

    code: str
    name: str
    department: str
    rule: str
    organization: tuple[FieldSpec, ...] = ()
    staff: tuple[FieldSpec, ...] = ()


DEPARTMENTS: Mapping[str, str] = {
    "market": "市场监督管理局",
    "port": "港航管理局",
    "health": "卫生健康局",
    "transport": "交通运输局",
    "post": "邮政管理局",
    "education": "教育局",
    "civil": "民政局",
    "commerce": "商务局",
    "housing": "住房和城乡建设局",
}


def _text(code: str, name: str, name_en: str, *, is_required: bool = False) -> FieldSpec:
    return FieldSpec(code, name, FieldKind.TEXT, name_en, is_required=is_required)


def _number(code: str, name: str, name_en: str) -> FieldSpec:
    return FieldSpec(code, name, FieldKind.NUMBER, name_en)


def _day(code: str, name: str, name_en: str) -> FieldSpec:
    return FieldSpec(code, name, FieldKind.DATE, name_en)


def _choice(code: str, name: str, name_en: str, *choices: str) -> FieldSpec:
    return FieldSpec(code, name, FieldKind.CHOICE, name_en, choices)


_SHIFT = _choice("shift", "班次", "Shift", "白班", "夜班", "轮班")
_CLOSED_LOOP = _choice("closed_loop", "闭环管理", "Closed loop", "是", "否")

TEMPLATES: tuple[Template, ...] = (
    Template(
        "cold-chain",
        "冷链",
        "market",
        "3/2",
        (
            _text("cold_store_number", "冷库备案编号", "Cold store number"),
            _choice("goods_origin", "货物来源", "Origin of goods", "进口", "国产", "进口及国产"),
            _number("store_capacity", "库容（吨）", "Capacity in tonnes"),
        ),
        (
            _choice("contact", "接触进口冷链食品", "Handles imported food", "直接接触", "间接接触", "不接触"),
            _day("health_certificate_until", "健康证有效期", "Health certificate until"),
        ),
    ),
    Template(
        "port",
        "口岸",
        "port",
        "1/1",
        (
            _choice("port_kind", "口岸类型", "Kind of port", "海港", "空港", "陆路"),
            _text("berth", "泊位", "Berth"),
        ),
        (_CLOSED_LOOP, _text("pass_number", "登轮证编号", "Boarding pass number"), _SHIFT),
    ),
    Template(
        "quarantine-hotel",
        "隔离酒店",
        "health",
        "1/1",
        (
            _number("rooms", "房间数", "Rooms"),
            _choice("guests", "隔离对象", "Guests", "入境人员", "密切接触者", "混合"),
        ),
        (
            _choice("area", "工作区域", "Area", "污染区", "半污染区", "清洁区"),
            _CLOSED_LOOP,
            _day("loop_entered_on", "进入闭环日期", "Entered the loop"),
        ),
    ),
    Template(
        "medical",
        "医疗机构",
        "health",
        "2/1",
        (
            _text("licence_number", "执业许可证号", "Licence number"),
            _choice("level", "机构等级", "Level", "三级", "二级", "一级", "基层医疗机构", "诊所"),
        ),
        (
            _choice(
                "department",
                "科室类别",
                "Department",
                "发热门诊",
                "急诊",
                "普通门诊",
                "住院部",
                "检验科",
                "后勤",
            ),
            _text("title", "职称", "Professional title"),
        ),
    ),
    Template(
        "farm-market",
        "农贸市场",
        "market",
        "7/2",
        (
            _number("stalls", "摊位数", "Stalls"),
            _choice("market_kind", "市场类型", "Kind", "批发", "零售", "批零兼营"),
        ),
        (
            _text("stall_number", "摊位号", "Stall number"),
            _choice("goods", "经营品类", "Goods", "水产", "禽畜肉类", "蔬果", "冻品", "干货", "其他"),
        ),
    ),
    Template(
        "courier",
        "快递",
        "post",
        "7/2",
        (
            _text("brand", "快递品牌", "Brand", is_required=True),
            _text("permit_number", "经营许可证号", "Permit number"),
        ),
        (
            _choice("duty_area", "岗位环节", "Work area", "收派", "分拣", "运输", "国际邮件处理"),
            _text("delivery_area", "派送片区", "Delivery area"),
        ),
    ),
    Template(
        "public-transport",
        "公共交通",
        "transport",
        "3/1",
        (_choice("line_kind", "运营类型", "Kind of service", "公交", "出租车", "网约车", "客运", "轮渡"),),
        (_text("vehicle_number", "车牌号", "Vehicle number"), _SHIFT),
    ),
    Template(
        "freight",
        "货运物流",
        "transport",
        "3/2",
        (_choice("freight_kind", "运输类型", "Kind of freight", "跨境", "省际", "市内"),),
        (
            _text("vehicle_number", "车牌号", "Vehicle number"),
            _choice("cross_border", "跨境司机", "Cross-border driver", "是", "否"),
        ),
    ),
    Template(
        "school",
        "学校及托幼机构",
        "education",
        "7/1",
        (
            _choice("school_kind", "办学类型", "Kind of school", "托幼", "小学", "中学", "高校", "培训机构"),
            _number("pupils", "在校人数", "Pupils"),
        ),
        (_text("class_name", "所带班级", "Class"), _choice("boarding", "是否住校", "Lives in", "是", "否")),
    ),
    Template(
        "care-home",
        "养老机构",
        "civil",
        "2/1",
        (_number("beds", "床位数", "Beds"),),
        (_CLOSED_LOOP, _text("floor", "负责楼层", "Floor")),
    ),
    Template(
        "supermarket",
        "商超",
        "commerce",
        "7/1",
        (_number("floor_area", "营业面积（平方米）", "Floor area in square metres"),),
        (_text("counter", "柜组", "Counter"), _SHIFT),
    ),
    Template(
        "property-service",
        "物业保洁",
        "housing",
        "7/1",
        (_number("households", "服务户数", "Households served"),),
        (_text("post", "值守岗位", "Post"), _SHIFT),
    ),
)

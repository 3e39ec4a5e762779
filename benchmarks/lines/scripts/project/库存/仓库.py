"""仓库的入库、出库与盘点。数量一律为整数件,金额不在这里处理。"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

安全库存天数 = 14
"""补货时希望手上至少还能卖这么多天。"""


class 库存不足(Exception):
    """出库数量大于可用数量时抛出。"""

    def __init__(self, 货号: str, 需要: int, 可用: int) -> None:
        super().__init__(f"货号 {货号} 库存不足:需要 {需要} 件,可用 {可用} 件")
        self.货号 = 货号


@dataclass
class 批次:
    批号: str
    数量: int
    到期日: date


@dataclass
class 仓库:
    名称: str
    货架: dict[str, list[批次]] = field(default_factory=lambda: defaultdict(list))
    冻结: dict[str, int] = field(default_factory=dict)

    def 入库(self, 货号: str, 新批次: 批次) -> None:
        """同一批号再次到货就合并,否则按到期日排进货架。"""
        if 新批次.数量 <= 0:
            raise ValueError(f"入库数量必须大于零,收到 {新批次.数量}")
        for 旧 in self.货架[货号]:
            if 旧.批号 == 新批次.批号:
                旧.数量 += 新批次.数量
                return
        self.货架[货号].append(新批次)
        self.货架[货号].sort(key=lambda 条: 条.到期日)

    def 可用数量(self, 货号: str) -> int:
        """在架数量减去已经被订单占住的数量。"""
        return sum(条.数量 for 条 in self.货架[货号]) - self.冻结.get(货号, 0)

    def 出库(self, 货号: str, 数量: int) -> list[tuple[str, int]]:
        """先到期的先发,返回每个批号各取了多少。"""
        if self.可用数量(货号) < 数量:
            raise 库存不足(货号, 数量, self.可用数量(货号))
        取货: list[tuple[str, int]] = []
        剩余 = 数量
        for 条 in list(self.货架[货号]):
            取 = min(条.数量, 剩余)
            条.数量 -= 取
            剩余 -= 取
            取货.append((条.批号, 取))
            if 条.数量 == 0:
                self.货架[货号].remove(条)
            if 剩余 == 0:
                break
        return 取货

    def 清理过期(self, 今天: date) -> list[批次]:
        """把过了到期日的批次从货架上拿掉,交给报损流程。"""
        过期: list[批次] = []
        for 货号, 列表 in self.货架.items():
            过期 += [条 for 条 in 列表 if 条.到期日 < 今天]
            self.货架[货号] = [条 for 条 in 列表 if 条.到期日 >= 今天]
        return 过期


def 盘点差异(账面: dict[str, int], 实盘: dict[str, int]) -> dict[str, int]:
    """实盘减账面,只留下不相等的货号;负数是盘亏。"""
    return {
        货号: 实盘.get(货号, 0) - 账面.get(货号, 0)
        for 货号 in sorted(账面.keys() | 实盘.keys())
        if 实盘.get(货号, 0) != 账面.get(货号, 0)
    }


def 补货建议(日销量: list[int], 在途: int, 可用: int) -> int:
    """按最近三十天的平均销量算还要订多少,四舍五入到整箱十二件。"""
    if not 日销量:
        return 0
    平均 = sum(日销量[-30:]) / len(日销量[-30:])
    缺口 = 平均 * 安全库存天数 - 在途 - 可用
    return max(0, round(缺口 / 12)) * 12


def 下个盘点日(上次: date, 节假日: set[date]) -> date:
    """三个月之后的第一个工作日。"""
    日子 = 上次 + timedelta(days=91)
    while 日子.weekday() >= 5 or 日子 in 节假日:
        日子 += timedelta(days=1)
    return 日子

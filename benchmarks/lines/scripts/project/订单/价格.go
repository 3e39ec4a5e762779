// Package 订单 负责算价:折扣、满减、税和找零。金额以分为单位。
package 订单

import (
	"errors"
	"fmt"
	"sort"
)

// 税率表 按商品类别给出千分比。
var 税率表 = map[string]int{
	"食品": 90,
	"图书": 90,
	"电器": 130,
}

// 错误_优惠券过期 在券的截止时间早于下单时间时返回。
var 错误_优惠券过期 = errors.New("优惠券已过期,不能使用")

type 商品行 struct {
	名称 string
	单价 int
	件数 int
	类别 string
}

type 满减档位 struct {
	满 int
	减 int
}

// 小计 不含折扣的金额。
func 小计(行 []商品行) int {
	总 := 0
	for _, 项 := range 行 {
		总 += 项.单价 * 项.件数
	}
	return 总
}

// 选择满减 从所有够得着的档位里挑减得最多的那一个,不叠加。
func 选择满减(金额 int, 档位 []满减档位) int {
	sort.Slice(档位, func(甲, 乙 int) bool { return 档位[甲].满 > 档位[乙].满 })
	for _, 档 := range 档位 {
		if 金额 >= 档.满 {
			return 档.减
		}
	}
	return 0
}

// 会员折扣 返回打完折的金额;等级越高折扣越大,最低七折。
func 会员折扣(金额, 等级 int) int {
	百分 := 100 - 5*等级
	if 百分 < 70 {
		百分 = 70
	}
	return 金额 * 百分 / 100
}

// 核销优惠券 检查截止时间与门槛,返回可以抵扣的金额。
func 核销优惠券(券码 string, 截止, 现在 int64, 门槛, 面额, 金额 int) (int, error) {
	if 截止 < 现在 {
		return 0, fmt.Errorf("券码 %s:%w", 券码, 错误_优惠券过期)
	}
	if 金额 < 门槛 {
		return 0, fmt.Errorf("订单金额 %d 分未达到优惠券门槛 %d 分", 金额, 门槛)
	}
	return 面额, nil
}

// 税额 从含税价里倒算出税,逐行四舍五入后再相加。
func 税额(行 []商品行) (int, error) {
	总 := 0
	for _, 项 := range 行 {
		率, 有 := 税率表[项.类别]
		if !有 {
			return 0, fmt.Errorf("未知的商品类别:%s(商品 %s)", 项.类别, 项.名称)
		}
		含税 := 项.单价 * 项.件数
		总 += (含税*率 + (1000+率)/2) / (1000 + 率)
	}
	return 总, nil
}

// 抹零 现金付款时去掉分,只收到角。
func 抹零(金额 int) int {
	return 金额 / 10 * 10
}

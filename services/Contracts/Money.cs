namespace Engagement.Contracts;

/// <summary>An amount and its ISO 4217 currency. Amounts of two currencies are never added.</summary>
public readonly record struct Money(decimal Amount, string Currency)
{
    public static Money operator +(Money left, Money right) => left.Currency == right.Currency
        ? left with { Amount = left.Amount + right.Amount }
        : throw new InvalidOperationException($"{left.Currency} and {right.Currency} can't be added.");

    public static Money Add(Money left, Money right) => left + right;
}

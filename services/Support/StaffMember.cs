using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Engagement.Contracts;

namespace Engagement.Support;

/// <summary>The shop's id of somebody who works for it; it stands in events, so it is no address.</summary>
[JsonConverter(typeof(KeyConverter<StaffMember>))]
public readonly partial record struct StaffMember(string Value) : IKey<StaffMember>
{
    public bool IsValid => Value is not null && Id().IsMatch(Value);

    public static StaffMember From(string value) => new(value);

    public static implicit operator string(StaffMember member) => member.Value;

    public override string ToString() => Value;

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex Id();
}

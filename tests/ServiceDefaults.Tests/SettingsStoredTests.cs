using System.Text.Json;
using Engagement.Testing;

namespace Engagement.ServiceDefaults.Tests;

/// <summary>How settings lie in every service's store.</summary>
public sealed class SettingsStoredTests
{
    private static readonly JsonElement Values = JsonSerializer.SerializeToElement(new { Name = "Bottega", Zone = (string?)null });

    [Fact]
    public void Is_stored_as_approved_and_earlier_shapes_still_read()
    {
        StoredShapes.Match(new SettingsChanged(Values, Spec.Noon));
        StoredShapes.Match(new ShopSettings(ShopSettings.Key, 1, Values));
    }
}

namespace Parti.Silo.Composition;

/// <summary>What keeps pictures.</summary>
public enum StorageKind
{
    /// <summary>Files below a folder.</summary>
    File = 0,

    /// <summary>Azure Blob Storage, or an emulator of it.</summary>
    Azure = 1,
}

/// <summary>Where pictures are kept.</summary>
public sealed record StorageSettings
{
    /// <summary>What keeps them.</summary>
    public StorageKind Kind { get; init; }

    /// <summary>Folder of files; null for <c>results</c> in the state folder. Silos of one cluster must share it.</summary>
    public string? Folder { get; init; }

    /// <summary>Connection string of the account; null where <see cref="ServiceUri"/> and an identity take its place.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The account's blob address, for an identity.</summary>
    public Uri? ServiceUri { get; init; }

    /// <summary>Client id of a managed identity that a person made; null for the machine's own.</summary>
    public string? ManagedIdentityClientId { get; init; }

    /// <summary>The container.</summary>
    public string Container { get; init; } = "parti";

    internal static StorageSettings Read(SettingsReader reader)
    {
        StorageSettings settings = new()
        {
            Kind = reader.Choice("Storage:Kind", StorageKind.File),
            Folder = reader.Text("Storage:Folder"),
            ConnectionString = reader.Text("Storage:ConnectionString"),
            ServiceUri = Address(reader),
            ManagedIdentityClientId = reader.Text("Storage:ManagedIdentityClientId"),
            Container = reader.Text("Storage:Container") ?? "parti",
        };
        if (settings.Kind == StorageKind.Azure && (settings.ConnectionString is null) == (settings.ServiceUri is null))
        {
            string given = settings.ConnectionString is null ? "neither ConnectionString nor ServiceUri" : "both ConnectionString and ServiceUri";
            reader.Refuse("Storage:Kind", $"azure with {given}", "azure with one of them; ServiceUri goes with a managed identity");
        }

        if (settings.Container.Length is < 3 or > 63 || !settings.Container.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            reader.Refuse("Storage:Container", settings.Container, "3 to 63 lower-case letters, digits and dashes");
        }

        return settings;
    }

    private static Uri? Address(SettingsReader reader)
    {
        string? text = reader.Text("Storage:ServiceUri");
        if (text is null || (Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "https" or "http"))
        {
            return text is null ? null : new(text);
        }

        reader.Refuse("Storage:ServiceUri", text, "the account's blob address, such as https://ACCOUNT.blob.core.windows.net");
        return null;
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Writes a copy of libLibTorchSharp.so that loads where libstdc++ is older than GCC 13 (Debian 12, Ubuntu 22.04).
/// The file names symbol version GLIBCXX_3.4.32, but the one symbol that carries it is a marker no code calls; marking
/// that version need weak (ELF vernaux, VER_FLG_WEAK) makes the loader accept its absence.
/// The source, which lies in the package cache, is only read.
/// </summary>
public class RepairTorchSharp : Task
{
    const string Version = "GLIBCXX_3.4.32";
    const string Marker = "_ZSt21ios_base_library_initv";
    const uint DynamicSymbols = 11, SymbolVersions = 0x6fffffff, VersionNeeds = 0x6ffffffe;
    const int WeakFlag = 2, SymbolSize = 24, HeaderSize = 64;

    /// <summary>The file as packaged.</summary>
    public string Source { get; set; }

    /// <summary>The copy to write.</summary>
    public string Destination { get; set; }

    byte[] elf;

    public override bool Execute()
    {
        elf = File.ReadAllBytes(Source);
        if (elf.Length < HeaderSize || elf[0] != 0x7f || elf[4] != 2 || elf[5] != 1)
        {
            Log.LogError("{0} is not a 64-bit little-endian ELF file; cannot repair it for older libstdc++.", Source);
            return false;
        }
        int need = FindNeed();
        if (need >= 0)
        {
            List<string> symbols = SymbolsOf(BitConverter.ToUInt16(elf, need + 6));
            if (symbols.Count != 1 || symbols[0] != Marker)
            {
                Log.LogError("{0} uses {1} for {2}; only {3} is known to be harmless. Build on a system with GCC 13 or newer and remove this repair.",
                    Source, Version, string.Join(", ", symbols), Marker);
                return false;
            }
            elf[need + 4] |= WeakFlag;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        // A new file in place of the old one: the old one may be hard-linked into an output folder in use.
        string temporary = Destination + ".new";
        File.WriteAllBytes(temporary, elf);
        File.Delete(Destination);
        File.Move(temporary, Destination);
        Log.LogMessage(MessageImportance.High, need < 0
            ? "libLibTorchSharp.so needs no repair: it does not ask for {0}."
            : "Repaired libLibTorchSharp.so: its need of {0} is now weak, so that it loads on older Linux distributions.", Version);
        return true;
    }

    /// <summary>Offset of the vernaux entry of the version, or -1.</summary>
    int FindNeed()
    {
        int section = FindSection(VersionNeeds);
        if (section < 0)
        {
            return -1;
        }
        int names = Linked(section), need = ContentOf(section);
        while (true)
        {
            int entry = need + Int(need + 8);
            for (int left = BitConverter.ToUInt16(elf, need + 2); left > 0; left--)
            {
                if (NameAt(names + Int(entry + 8)) == Version)
                {
                    return entry;
                }
                entry += Int(entry + 12);
            }
            int next = Int(need + 12);
            if (next == 0)
            {
                return -1;
            }
            need += next;
        }
    }

    /// <summary>Names of the dynamic symbols that carry a version index.</summary>
    List<string> SymbolsOf(int version)
    {
        int symbols = FindSection(DynamicSymbols), versions = ContentOf(FindSection(SymbolVersions));
        int names = Linked(symbols), first = ContentOf(symbols), count = (int)BitConverter.ToInt64(elf, symbols + 32) / SymbolSize;
        List<string> found = new List<string>();
        for (int i = 0; i < count; i++)
        {
            if ((BitConverter.ToUInt16(elf, versions + 2 * i) & 0x7fff) == version)
            {
                found.Add(NameAt(names + Int(first + i * SymbolSize)));
            }
        }
        return found;
    }

    int FindSection(uint type)
    {
        for (int i = 0; i < BitConverter.ToUInt16(elf, 60); i++)
        {
            if (BitConverter.ToUInt32(elf, Section(i) + 4) == type)
            {
                return Section(i);
            }
        }
        return -1;
    }

    int Section(int index) => (int)BitConverter.ToInt64(elf, 40) + index * BitConverter.ToUInt16(elf, 58);

    int ContentOf(int section) => (int)BitConverter.ToInt64(elf, section + 24);

    /// <summary>Offset of the string table a section refers to.</summary>
    int Linked(int section) => ContentOf(Section(Int(section + 40)));

    int Int(int at) => BitConverter.ToInt32(elf, at);

    string NameAt(int at) => Encoding.ASCII.GetString(elf, at, Array.IndexOf(elf, (byte)0, at) - at);
}
